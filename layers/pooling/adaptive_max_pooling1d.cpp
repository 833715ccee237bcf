#include "layers/pooling/adaptive_max_pooling1d.hpp"

namespace rhyton {

AdaptiveMaxPooling1D::AdaptiveMaxPooling1D(Config config) : AdaptivePoolLayer(std::move(config)) {}

}  // namespace rhyton
