#include "layers/pooling/global_average_pooling2d.hpp"

namespace rhyton {

GlobalAveragePooling2D::GlobalAveragePooling2D(Config config) : GlobalPoolLayer(std::move(config)) {}

}  // namespace rhyton
