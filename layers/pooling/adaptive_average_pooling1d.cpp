#include "layers/pooling/adaptive_average_pooling1d.hpp"

namespace rhyton {

AdaptiveAveragePooling1D::AdaptiveAveragePooling1D(Config config) : AdaptivePoolLayer(std::move(config)) {}

}  // namespace rhyton
