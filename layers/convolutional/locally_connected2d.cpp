#include "layers/convolutional/locally_connected2d.hpp"

namespace rhyton {

LocallyConnected2D::LocallyConnected2D(Config config) : LocalConvLayer(std::move(config)) {}

}  // namespace rhyton
