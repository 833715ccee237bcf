#pragma once
/// @file global_average_pooling3d.hpp  keras.layers.GlobalAveragePooling3D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using GlobalAveragePooling3DConfig = GlobalPoolConfig;

/// The mean value of each channel over all cells: (batch, ..., channels) -> (batch, channels).
class GlobalAveragePooling3D final
    : public ops::GlobalPoolLayer<GlobalAveragePooling3D, 3, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "GlobalAveragePooling3D";
  explicit GlobalAveragePooling3D(Config config = {});
};
extern template class ops::GlobalPoolLayer<GlobalAveragePooling3D, 3, PoolKind::average>;

}  // namespace rhyton
