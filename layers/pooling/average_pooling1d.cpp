#include "layers/pooling/average_pooling1d.hpp"

namespace rhyton {

AveragePooling1D::AveragePooling1D(Config config) : PoolLayer(std::move(config)) {}

template class ops::PoolLayer<AveragePooling1D, 1, PoolKind::average>;

}  // namespace rhyton
