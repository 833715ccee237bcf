#include "layers/pooling/max_pooling1d.hpp"

namespace rhyton {

MaxPooling1D::MaxPooling1D(Config config) : PoolLayer(std::move(config)) {}

template class ops::PoolLayer<MaxPooling1D, 1, PoolKind::max>;

}  // namespace rhyton
