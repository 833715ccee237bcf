#pragma once
/// @file adaptive_max_pooling3d.hpp  keras.layers.AdaptiveMaxPooling3D
#include "nn/ops/adaptive_pool_layer.hpp"

namespace rhyton {

using AdaptiveMaxPooling3DConfig = AdaptivePoolConfig<3>;

/// The largest value of windows that share the input out among `output_size` cells:
/// (batch, d, h, w, channels) -> (batch, output_size..., channels).
class AdaptiveMaxPooling3D final : public ops::AdaptivePoolLayer<AdaptiveMaxPooling3D, 3, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "AdaptiveMaxPooling3D";
  explicit AdaptiveMaxPooling3D(Config config);
};

}  // namespace rhyton
