#pragma once
/// @file global_average_pooling1d.hpp  keras.layers.GlobalAveragePooling1D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using GlobalAveragePooling1DConfig = GlobalPoolConfig;

/// The mean value of each channel over all cells: (batch, ..., channels) -> (batch, channels).
class GlobalAveragePooling1D final
    : public ops::GlobalPoolLayer<GlobalAveragePooling1D, 1, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "GlobalAveragePooling1D";
  explicit GlobalAveragePooling1D(Config config = {});
};
extern template class ops::GlobalPoolLayer<GlobalAveragePooling1D, 1, PoolKind::average>;

}  // namespace rhyton
