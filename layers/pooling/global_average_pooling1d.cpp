#include "layers/pooling/global_average_pooling1d.hpp"

namespace rhyton {

GlobalAveragePooling1D::GlobalAveragePooling1D(Config config) : GlobalPoolLayer(std::move(config)) {}

}  // namespace rhyton
