#pragma once
/// @file global_max_pooling1d.hpp  keras.layers.GlobalMaxPooling1D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using GlobalMaxPooling1DConfig = GlobalPoolConfig;

/// The largest value of each channel over all cells: (batch, ..., channels) -> (batch, channels).
class GlobalMaxPooling1D final : public ops::GlobalPoolLayer<GlobalMaxPooling1D, 1, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "GlobalMaxPooling1D";
  explicit GlobalMaxPooling1D(Config config = {});
};
extern template class ops::GlobalPoolLayer<GlobalMaxPooling1D, 1, PoolKind::max>;

}  // namespace rhyton
