#include "layers/pooling/adaptive_average_pooling2d.hpp"

namespace rhyton {

AdaptiveAveragePooling2D::AdaptiveAveragePooling2D(Config config) : AdaptivePoolLayer(std::move(config)) {}

}  // namespace rhyton
