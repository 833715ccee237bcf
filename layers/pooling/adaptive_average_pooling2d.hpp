#pragma once
/// @file adaptive_average_pooling2d.hpp  keras.layers.AdaptiveAveragePooling2D
#include "nn/ops/adaptive_pool_layer.hpp"

namespace rhyton {

using AdaptiveAveragePooling2DConfig = AdaptivePoolConfig<2>;

/// The mean value of windows that share the input out among `output_size` cells:
/// (batch, height, width, channels) -> (batch, output_size..., channels).
class AdaptiveAveragePooling2D final
    : public ops::AdaptivePoolLayer<AdaptiveAveragePooling2D, 2, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "AdaptiveAveragePooling2D";
  explicit AdaptiveAveragePooling2D(Config config);
};

}  // namespace rhyton
