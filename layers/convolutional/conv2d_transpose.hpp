#pragma once
/// @file conv2d_transpose.hpp  keras.layers.Conv2DTranspose
#include "nn/ops/conv_transpose_layer.hpp"

namespace rhyton {

using Conv2DTransposeConfig = ConvTransposeConfig<2>;

/// Transposed convolution over images: (batch, height, width, in) -> (batch, new height, new width, filters),
/// usually larger. Weights: kernel (spatial..., filters, in), bias (filters).
class Conv2DTranspose final : public ops::ConvTransposeLayer<Conv2DTranspose, 2> {
 public:
  static constexpr const char* keras_name = "Conv2DTranspose";
  explicit Conv2DTranspose(Config config);
};
extern template class ops::ConvTransposeLayer<Conv2DTranspose, 2>;

}  // namespace rhyton
