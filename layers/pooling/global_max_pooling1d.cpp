#include "layers/pooling/global_max_pooling1d.hpp"

namespace rhyton {

GlobalMaxPooling1D::GlobalMaxPooling1D(Config config) : GlobalPoolLayer(std::move(config)) {}

}  // namespace rhyton
