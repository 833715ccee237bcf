#include "layers/convolutional/separable_conv2d.hpp"

namespace rhyton {

SeparableConv2D::SeparableConv2D(Config config) : SeparableConvLayer(std::move(config)) {}

}  // namespace rhyton
