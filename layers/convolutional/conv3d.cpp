#include "layers/convolutional/conv3d.hpp"

namespace rhyton {

Conv3D::Conv3D(Config config) : ConvLayer(std::move(config)) {}

}  // namespace rhyton
