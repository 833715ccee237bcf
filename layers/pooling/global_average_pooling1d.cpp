#include "layers/pooling/global_average_pooling1d.hpp"

namespace rhyton {

GlobalAveragePooling1D::GlobalAveragePooling1D(Config config) : GlobalPoolLayer(std::move(config)) {}

template class ops::GlobalPoolLayer<GlobalAveragePooling1D, 1, PoolKind::average>;

}  // namespace rhyton
