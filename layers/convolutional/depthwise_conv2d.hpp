#pragma once
/// @file depthwise_conv2d.hpp  keras.layers.DepthwiseConv2D
#include "nn/ops/depthwise_conv_layer.hpp"

namespace rhyton {

using DepthwiseConv2DConfig = DepthwiseConvConfig<2>;

/// Convolution of each channel on its own: (batch, height, width, in) ->
/// (batch, new height, new width, in depth_multiplier).
/// Weights: kernel (spatial..., in, depth_multiplier), bias (in depth_multiplier).
class DepthwiseConv2D final : public ops::DepthwiseConvLayer<DepthwiseConv2D, 2> {
 public:
  static constexpr const char* keras_name = "DepthwiseConv2D";
  explicit DepthwiseConv2D(Config config);
};
extern template class ops::DepthwiseConvLayer<DepthwiseConv2D, 2>;

}  // namespace rhyton
