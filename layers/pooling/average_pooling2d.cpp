#include "layers/pooling/average_pooling2d.hpp"

namespace rhyton {

AveragePooling2D::AveragePooling2D(Config config) : PoolLayer(std::move(config)) {}

template class ops::PoolLayer<AveragePooling2D, 2, PoolKind::average>;

}  // namespace rhyton
