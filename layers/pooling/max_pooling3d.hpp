#pragma once
/// @file max_pooling3d.hpp  keras.layers.MaxPooling3D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using MaxPooling3DConfig = PoolConfig<3, PoolKind::max>;

/// The largest value of each window: (batch, depth, height, width, channels) -> fewer cells.
class MaxPooling3D final : public ops::PoolLayer<MaxPooling3D, 3, PoolKind::max> {
 public:
  static constexpr const char* keras_name = "MaxPooling3D";
  explicit MaxPooling3D(Config config = {});
};
extern template class ops::PoolLayer<MaxPooling3D, 3, PoolKind::max>;

}  // namespace rhyton
