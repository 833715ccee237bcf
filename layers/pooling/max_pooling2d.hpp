#pragma once
/// @file max_pooling2d.hpp  keras.layers.MaxPooling2D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using MaxPooling2DConfig = PoolConfig<2, PoolKind::max>;

/// The largest value of each window: (batch, height, width, channels) -> fewer cells.
class MaxPooling2D final : public ops::PoolLayer<MaxPooling2D, 2, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "MaxPooling2D";
  explicit MaxPooling2D(Config config = {});
};
extern template class ops::PoolLayer<MaxPooling2D, 2, PoolKind::max>;

}  // namespace rhyton
