#include "layers/pooling/max_pooling3d.hpp"

namespace rhyton {

MaxPooling3D::MaxPooling3D(Config config) : PoolLayer(std::move(config)) {}

template class ops::PoolLayer<MaxPooling3D, 3, PoolKind::max>;

}  // namespace rhyton
