#include "layers/pooling/adaptive_max_pooling3d.hpp"

namespace rhyton {

AdaptiveMaxPooling3D::AdaptiveMaxPooling3D(Config config) : AdaptivePoolLayer(std::move(config)) {}

}  // namespace rhyton
