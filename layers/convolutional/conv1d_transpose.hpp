#pragma once
/// @file conv1d_transpose.hpp  keras.layers.Conv1DTranspose
#include "nn/ops/conv_transpose_layer.hpp"

namespace rhyton {

using Conv1DTransposeConfig = ConvTransposeConfig<1>;

/// Transposed convolution over sequences: (batch, steps, in) -> (batch, new steps, filters), usually larger.
/// Weights: kernel (spatial..., filters, in), bias (filters).
class Conv1DTranspose final : public ops::ConvTransposeLayer<Conv1DTranspose, 1> {
 public:
  static constexpr const char* keras_name = "Conv1DTranspose";
  explicit Conv1DTranspose(Config config);
};
extern template class ops::ConvTransposeLayer<Conv1DTranspose, 1>;

}  // namespace rhyton
