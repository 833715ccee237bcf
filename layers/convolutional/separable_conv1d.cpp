#include "layers/convolutional/separable_conv1d.hpp"

namespace rhyton {

SeparableConv1D::SeparableConv1D(Config config) : SeparableConvLayer(std::move(config)) {}

}  // namespace rhyton
