#pragma once
/// @file locally_connected2d.hpp  keras.layers.LocallyConnected2D of Keras 2
#include "nn/ops/local_conv_layer.hpp"

namespace rhyton {

using LocallyConnected2DConfig = LocalConvConfig<2>;

/// Conv2D with weights of its own at every place.
class LocallyConnected2D final : public ops::LocalConvLayer<LocallyConnected2D, 2> {
 public:
  static constexpr const char* keras_name = "LocallyConnected2D";
  explicit LocallyConnected2D(Config config);
};

}  // namespace rhyton
