#pragma once
/// @file separable_conv1d.hpp  keras.layers.SeparableConv1D
#include "nn/ops/separable_conv_layer.hpp"

namespace rhyton {

using SeparableConv1DConfig = SeparableConvConfig<1>;

/// Depthwise, then pointwise convolution: (batch, steps, in) -> (batch, new steps, filters).
/// Weights: depthwise_kernel (spatial..., in, depth_multiplier), pointwise_kernel (1..., in depth_multiplier,
/// filters), bias (filters).
class SeparableConv1D final : public ops::SeparableConvLayer<SeparableConv1D, 1> {
 public:
  static constexpr const char* keras_name = "SeparableConv1D";
  explicit SeparableConv1D(Config config);
};
extern template class ops::SeparableConvLayer<SeparableConv1D, 1>;

}  // namespace rhyton
