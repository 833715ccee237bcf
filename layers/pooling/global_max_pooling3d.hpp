#pragma once
/// @file global_max_pooling3d.hpp  keras.layers.GlobalMaxPooling3D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using GlobalMaxPooling3DConfig = GlobalPoolConfig;

/// The largest value of each channel over all cells: (batch, ..., channels) -> (batch, channels).
class GlobalMaxPooling3D final : public ops::GlobalPoolLayer<GlobalMaxPooling3D, 3, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "GlobalMaxPooling3D";
  explicit GlobalMaxPooling3D(Config config = {});
};
extern template class ops::GlobalPoolLayer<GlobalMaxPooling3D, 3, PoolKind::max>;

}  // namespace rhyton
