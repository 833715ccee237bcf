#include "layers/pooling/adaptive_max_pooling2d.hpp"

namespace rhyton {

AdaptiveMaxPooling2D::AdaptiveMaxPooling2D(Config config) : AdaptivePoolLayer(std::move(config)) {}

}  // namespace rhyton
