#pragma once
/// @file separable_conv2d.hpp  keras.layers.SeparableConv2D
#include "nn/ops/separable_conv_layer.hpp"

namespace rhyton {

using SeparableConv2DConfig = SeparableConvConfig<2>;

/// Depthwise, then pointwise convolution: (batch, height, width, in) -> (batch, new height, new width,
/// filters). Weights: depthwise_kernel (spatial..., in, depth_multiplier), pointwise_kernel (1..., in
/// depth_multiplier, filters), bias (filters).
class SeparableConv2D final : public ops::SeparableConvLayer<SeparableConv2D, 2> {
 public:
  static constexpr const char* keras_name = "SeparableConv2D";
  explicit SeparableConv2D(Config config);
};
extern template class ops::SeparableConvLayer<SeparableConv2D, 2>;

}  // namespace rhyton
