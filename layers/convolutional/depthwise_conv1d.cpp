#include "layers/convolutional/depthwise_conv1d.hpp"

namespace rhyton {

DepthwiseConv1D::DepthwiseConv1D(Config config) : DepthwiseConvLayer(std::move(config)) {}

template class ops::DepthwiseConvLayer<DepthwiseConv1D, 1>;

}  // namespace rhyton
