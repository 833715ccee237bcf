#include "layers/pooling/global_max_pooling3d.hpp"

namespace rhyton {

GlobalMaxPooling3D::GlobalMaxPooling3D(Config config) : GlobalPoolLayer(std::move(config)) {}

template class ops::GlobalPoolLayer<GlobalMaxPooling3D, 3, PoolKind::max>;

}  // namespace rhyton
