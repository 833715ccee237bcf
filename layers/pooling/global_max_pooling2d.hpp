#pragma once
/// @file global_max_pooling2d.hpp  keras.layers.GlobalMaxPooling2D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using GlobalMaxPooling2DConfig = GlobalPoolConfig;

/// The largest value of each channel over all cells: (batch, ..., channels) -> (batch, channels).
class GlobalMaxPooling2D final : public ops::GlobalPoolLayer<GlobalMaxPooling2D, 2, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "GlobalMaxPooling2D";
  explicit GlobalMaxPooling2D(Config config = {});
};
extern template class ops::GlobalPoolLayer<GlobalMaxPooling2D, 2, PoolKind::max>;

}  // namespace rhyton
