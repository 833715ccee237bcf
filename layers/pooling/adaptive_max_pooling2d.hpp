#pragma once
/// @file adaptive_max_pooling2d.hpp  keras.layers.AdaptiveMaxPooling2D
#include "nn/ops/adaptive_pool_layer.hpp"

namespace rhyton {

using AdaptiveMaxPooling2DConfig = AdaptivePoolConfig<2>;

/// The largest value of windows that share the input out among `output_size` cells:
/// (batch, height, width, channels) -> (batch, output_size..., channels).
class AdaptiveMaxPooling2D final : public ops::AdaptivePoolLayer<AdaptiveMaxPooling2D, 2, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "AdaptiveMaxPooling2D";
  explicit AdaptiveMaxPooling2D(Config config);
};

}  // namespace rhyton
