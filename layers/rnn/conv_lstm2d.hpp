#pragma once
/// @file conv_lstm2d.hpp  keras.layers.ConvLSTM2D
#include "nn/ops/conv_lstm_layer.hpp"

namespace rhyton {

using ConvLSTM2DConfig = ConvLSTMConfig<2>;

/// An LSTM with convolutions for products: (batch, steps, height, width, channels) -> (batch, new height,
/// width, filters), or (batch, steps, ...) with return_sequences; then the final states h and c with
/// return_state. Weights, gates in the order i, f, c, o: kernel (kernel_size..., channels, 4 filters),
/// recurrent_kernel (kernel_size..., filters, 4 filters), bias (4 filters).
class ConvLSTM2D final : public ops::ConvLstmOf<ConvLSTM2D, 2> {
 public:
  static constexpr const char* keras_name = "ConvLSTM2D";
  explicit ConvLSTM2D(Config config);
};

}  // namespace rhyton
