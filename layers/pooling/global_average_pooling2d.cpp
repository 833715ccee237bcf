#include "layers/pooling/global_average_pooling2d.hpp"

namespace rhyton {

GlobalAveragePooling2D::GlobalAveragePooling2D(Config config) : GlobalPoolLayer(std::move(config)) {}

template class ops::GlobalPoolLayer<GlobalAveragePooling2D, 2, PoolKind::average>;

}  // namespace rhyton
