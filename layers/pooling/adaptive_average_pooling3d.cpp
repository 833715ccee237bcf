#include "layers/pooling/adaptive_average_pooling3d.hpp"

namespace rhyton {

AdaptiveAveragePooling3D::AdaptiveAveragePooling3D(Config config) : AdaptivePoolLayer(std::move(config)) {}

}  // namespace rhyton
