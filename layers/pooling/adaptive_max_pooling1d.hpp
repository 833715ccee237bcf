#pragma once
/// @file adaptive_max_pooling1d.hpp  keras.layers.AdaptiveMaxPooling1D
#include "nn/ops/adaptive_pool_layer.hpp"

namespace rhyton {

using AdaptiveMaxPooling1DConfig = AdaptivePoolConfig<1>;

/// The largest value of windows that share the input out among `output_size` cells:
/// (batch, steps, channels) -> (batch, output_size..., channels).
class AdaptiveMaxPooling1D final : public ops::AdaptivePoolLayer<AdaptiveMaxPooling1D, 1, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "AdaptiveMaxPooling1D";
  explicit AdaptiveMaxPooling1D(Config config);
};

}  // namespace rhyton
