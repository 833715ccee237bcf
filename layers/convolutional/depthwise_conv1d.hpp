#pragma once
/// @file depthwise_conv1d.hpp  keras.layers.DepthwiseConv1D
#include "nn/ops/depthwise_conv_layer.hpp"

namespace rhyton {

using DepthwiseConv1DConfig = DepthwiseConvConfig<1>;

/// Convolution of each channel on its own: (batch, steps, in) ->
/// (batch, new steps, in depth_multiplier).
/// Weights: kernel (spatial..., in, depth_multiplier), bias (in depth_multiplier).
class DepthwiseConv1D final : public ops::DepthwiseConvLayer<DepthwiseConv1D, 1> {
 public:
  static constexpr const char* keras_name = "DepthwiseConv1D";
  explicit DepthwiseConv1D(Config config);
};
extern template class ops::DepthwiseConvLayer<DepthwiseConv1D, 1>;

}  // namespace rhyton
