#include "layers/convolutional/separable_conv1d.hpp"

namespace rhyton {

SeparableConv1D::SeparableConv1D(Config config) : SeparableConvLayer(std::move(config)) {}

template class ops::SeparableConvLayer<SeparableConv1D, 1>;

}  // namespace rhyton
