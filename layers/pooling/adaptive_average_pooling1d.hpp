#pragma once
/// @file adaptive_average_pooling1d.hpp  keras.layers.AdaptiveAveragePooling1D
#include "nn/ops/adaptive_pool_layer.hpp"

namespace rhyton {

using AdaptiveAveragePooling1DConfig = AdaptivePoolConfig<1>;

/// The mean value of windows that share the input out among `output_size` cells:
/// (batch, steps, channels) -> (batch, output_size..., channels).
class AdaptiveAveragePooling1D final
    : public ops::AdaptivePoolLayer<AdaptiveAveragePooling1D, 1, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "AdaptiveAveragePooling1D";
  explicit AdaptiveAveragePooling1D(Config config);
};

}  // namespace rhyton
