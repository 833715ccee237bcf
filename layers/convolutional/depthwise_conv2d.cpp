#include "layers/convolutional/depthwise_conv2d.hpp"

namespace rhyton {

DepthwiseConv2D::DepthwiseConv2D(Config config) : DepthwiseConvLayer(std::move(config)) {}

template class ops::DepthwiseConvLayer<DepthwiseConv2D, 2>;

}  // namespace rhyton
