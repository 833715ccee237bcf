#include "layers/pooling/average_pooling3d.hpp"

namespace rhyton {

AveragePooling3D::AveragePooling3D(Config config) : PoolLayer(std::move(config)) {}

template class ops::PoolLayer<AveragePooling3D, 3, PoolKind::average>;

}  // namespace rhyton
