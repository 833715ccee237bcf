#pragma once
/// @file average_pooling2d.hpp  keras.layers.AveragePooling2D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using AveragePooling2DConfig = PoolConfig<2, PoolKind::average>;

/// The mean value of each window of real cells: (batch, height, width, channels) -> fewer cells.
class AveragePooling2D final : public ops::PoolLayer<AveragePooling2D, 2, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "AveragePooling2D";
  explicit AveragePooling2D(Config config);
};
extern template class ops::PoolLayer<AveragePooling2D, 2, PoolKind::average>;

}  // namespace rhyton
