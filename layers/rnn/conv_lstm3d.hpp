#pragma once
/// @file conv_lstm3d.hpp  keras.layers.ConvLSTM3D
#include "nn/ops/conv_lstm_layer.hpp"

namespace rhyton {

using ConvLSTM3DConfig = ConvLSTMConfig<3>;

/// An LSTM with convolutions for products: (batch, steps, depth, height, width, channels) -> (batch, new
/// depth, height, width, filters), or (batch, steps, ...) with return_sequences; then the final states h and
/// c with return_state. Weights, gates in the order i, f, c, o: kernel (kernel_size..., channels, 4 filters),
/// recurrent_kernel (kernel_size..., filters, 4 filters), bias (4 filters).
class ConvLSTM3D final : public ops::ConvLstmOf<ConvLSTM3D, 3> {
 public:
  static constexpr const char* keras_name = "ConvLSTM3D";
  explicit ConvLSTM3D(Config config);
};

}  // namespace rhyton
