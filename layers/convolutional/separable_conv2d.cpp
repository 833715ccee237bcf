#include "layers/convolutional/separable_conv2d.hpp"

namespace rhyton {

SeparableConv2D::SeparableConv2D(Config config) : SeparableConvLayer(std::move(config)) {}

template class ops::SeparableConvLayer<SeparableConv2D, 2>;

}  // namespace rhyton
