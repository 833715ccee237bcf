#pragma once
/// @file conv2d.hpp  keras.layers.Conv2D
#include "nn/ops/conv_layer.hpp"

namespace rhyton {

using Conv2DConfig = ConvConfig<2>;

/// Convolution over images: (batch, height, width, in) -> (batch, new height, new width, filters).
/// Weights: kernel (spatial..., in / groups, filters), bias (filters).
class Conv2D final : public ops::ConvLayer<Conv2D, 2> {
 public:
  static constexpr const char* keras_name = "Conv2D";
  explicit Conv2D(Config config);
};
extern template class ops::ConvLayer<Conv2D, 2>;

}  // namespace rhyton
