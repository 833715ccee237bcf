#include "layers/pooling/global_max_pooling1d.hpp"

namespace rhyton {

GlobalMaxPooling1D::GlobalMaxPooling1D(Config config) : GlobalPoolLayer(std::move(config)) {}

template class ops::GlobalPoolLayer<GlobalMaxPooling1D, 1, PoolKind::max>;

}  // namespace rhyton
