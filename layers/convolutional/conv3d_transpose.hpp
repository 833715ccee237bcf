#pragma once
/// @file conv3d_transpose.hpp  keras.layers.Conv3DTranspose
#include "nn/ops/conv_transpose_layer.hpp"

namespace rhyton {

using Conv3DTransposeConfig = ConvTransposeConfig<3>;

/// Transposed convolution over volumes: (batch, d, h, w, in) -> (batch, new d, new h, new w, filters),
/// usually larger. Weights: kernel (spatial..., filters, in), bias (filters).
class Conv3DTranspose final : public ops::ConvTransposeLayer<Conv3DTranspose, 3> {
 public:
  static constexpr const char* keras_name = "Conv3DTranspose";
  explicit Conv3DTranspose(Config config);
};
extern template class ops::ConvTransposeLayer<Conv3DTranspose, 3>;

}  // namespace rhyton
