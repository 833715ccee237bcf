#pragma once
/// @file global_average_pooling2d.hpp  keras.layers.GlobalAveragePooling2D
#include "nn/ops/pool_layer.hpp"

namespace rhyton {

using GlobalAveragePooling2DConfig = GlobalPoolConfig;

/// The mean value of each channel over all cells: (batch, ..., channels) -> (batch, channels).
class GlobalAveragePooling2D final
    : public ops::GlobalPoolLayer<GlobalAveragePooling2D, 2, PoolKind::average> {
 public:
  static constexpr const char* keras_name = "GlobalAveragePooling2D";
  explicit GlobalAveragePooling2D(Config config = {});
};
extern template class ops::GlobalPoolLayer<GlobalAveragePooling2D, 2, PoolKind::average>;

}  // namespace rhyton
