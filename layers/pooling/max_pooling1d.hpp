#pragma once
/// @file max_pooling1d.hpp  keras.layers.MaxPooling1D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using MaxPooling1DConfig = PoolConfig<1, PoolKind::max>;

/// The largest value of each window: (batch, steps, channels) -> fewer cells.
class MaxPooling1D final : public ops::PoolLayer<MaxPooling1D, 1, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "MaxPooling1D";
  explicit MaxPooling1D(Config config = {});
};
extern template class ops::PoolLayer<MaxPooling1D, 1, PoolKind::max>;

}  // namespace rhyton
