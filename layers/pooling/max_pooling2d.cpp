#include "layers/pooling/max_pooling2d.hpp"

namespace rhyton {

MaxPooling2D::MaxPooling2D(Config config) : PoolLayer(std::move(config)) {}

template class ops::PoolLayer<MaxPooling2D, 2, PoolKind::max>;

}  // namespace rhyton
