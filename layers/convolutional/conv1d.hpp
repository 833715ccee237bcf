#pragma once
/// @file conv1d.hpp  keras.layers.Conv1D
#include "nn/ops/conv_layer.hpp"

namespace rhyton {

using Conv1DConfig = ConvConfig<1>;

/// Convolution along one dimension, such as time: (batch, steps, in) -> (batch, new steps, filters).
/// Weights: kernel (spatial..., in / groups, filters), bias (filters).
class Conv1D final : public ops::ConvLayer<Conv1D, 1> {
 public:
  static constexpr const char* keras_name = "Conv1D";
  explicit Conv1D(Config config);
};
extern template class ops::ConvLayer<Conv1D, 1>;

}  // namespace rhyton
