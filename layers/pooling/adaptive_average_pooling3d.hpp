#pragma once
/// @file adaptive_average_pooling3d.hpp  keras.layers.AdaptiveAveragePooling3D
#include "nn/ops/adaptive_pool_layer.hpp"

namespace rhyton {

using AdaptiveAveragePooling3DConfig = AdaptivePoolConfig<3>;

/// The mean value of windows that share the input out among `output_size` cells:
/// (batch, d, h, w, channels) -> (batch, output_size..., channels).
class AdaptiveAveragePooling3D final
    : public ops::AdaptivePoolLayer<AdaptiveAveragePooling3D, 3, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "AdaptiveAveragePooling3D";
  explicit AdaptiveAveragePooling3D(Config config);
};

}  // namespace rhyton
