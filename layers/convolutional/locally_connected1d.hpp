#pragma once
/// @file locally_connected1d.hpp  keras.layers.LocallyConnected1D of Keras 2
#include "nn/ops/local_conv_layer.hpp"

namespace rhyton {

using LocallyConnected1DConfig = LocalConvConfig<1>;

/// Conv1D with weights of its own at every place.
class LocallyConnected1D final : public ops::LocalConvLayer<LocallyConnected1D, 1> {
 public:
  static constexpr const char* keras_name = "LocallyConnected1D";
  explicit LocallyConnected1D(Config config);
};

}  // namespace rhyton
