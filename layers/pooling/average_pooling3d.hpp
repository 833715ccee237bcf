#pragma once
/// @file average_pooling3d.hpp  keras.layers.AveragePooling3D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using AveragePooling3DConfig = PoolConfig<3, PoolKind::average>;

/// The mean value of each window of real cells: (batch, depth, height, width, channels) -> fewer cells.
class AveragePooling3D final : public ops::PoolLayer<AveragePooling3D, 3, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "AveragePooling3D";
  explicit AveragePooling3D(Config config);
};
extern template class ops::PoolLayer<AveragePooling3D, 3, PoolKind::average>;

}  // namespace rhyton
