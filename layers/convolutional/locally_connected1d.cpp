#include "layers/convolutional/locally_connected1d.hpp"

namespace rhyton {

LocallyConnected1D::LocallyConnected1D(Config config) : LocalConvLayer(std::move(config)) {}

}  // namespace rhyton
