#include "layers/pooling/global_average_pooling3d.hpp"

namespace rhyton {

GlobalAveragePooling3D::GlobalAveragePooling3D(Config config) : GlobalPoolLayer(std::move(config)) {}

template class ops::GlobalPoolLayer<GlobalAveragePooling3D, 3, PoolKind::average>;

}  // namespace rhyton
