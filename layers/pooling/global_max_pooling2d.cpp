#include "layers/pooling/global_max_pooling2d.hpp"

namespace rhyton {

GlobalMaxPooling2D::GlobalMaxPooling2D(Config config) : GlobalPoolLayer(std::move(config)) {}

template class ops::GlobalPoolLayer<GlobalMaxPooling2D, 2, PoolKind::max>;

}  // namespace rhyton
