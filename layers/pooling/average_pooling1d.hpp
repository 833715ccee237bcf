#pragma once
/// @file average_pooling1d.hpp  keras.layers.AveragePooling1D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using AveragePooling1DConfig = PoolConfig<1, PoolKind::average>;

/// The mean value of each window of real cells: (batch, steps, channels) -> fewer cells.
class AveragePooling1D final : public ops::PoolLayer<AveragePooling1D, 1, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "AveragePooling1D";
  explicit AveragePooling1D(Config config);
};
extern template class ops::PoolLayer<AveragePooling1D, 1, PoolKind::average>;

}  // namespace rhyton
