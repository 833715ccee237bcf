#pragma once
/// @file conv3d.hpp  keras.layers.Conv3D
#include "nn/ops/conv_layer.hpp"

namespace rhyton {

using Conv3DConfig = ConvConfig<3>;

/// Convolution over volumes: (batch, depth, height, width, in) -> (batch, ..., filters).
/// Weights: kernel (spatial..., in / groups, filters), bias (filters).
class Conv3D final : public ops::ConvLayer<Conv3D, 3> {
 public:
  static constexpr const char* keras_name = "Conv3D";
  explicit Conv3D(Config config);
};
extern template class ops::ConvLayer<Conv3D, 3>;

}  // namespace rhyton
