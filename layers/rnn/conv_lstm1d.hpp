#pragma once
/// @file conv_lstm1d.hpp  keras.layers.ConvLSTM1D
#include "nn/ops/conv_lstm_layer.hpp"

namespace rhyton {

using ConvLSTM1DConfig = ConvLSTMConfig<1>;

/// An LSTM with convolutions for products: (batch, steps, length, channels) -> (batch, new length, filters),
/// or (batch, steps, ...) with return_sequences; then the final states h and c with return_state.
/// Weights, gates in the order i, f, c, o: kernel (kernel_size..., channels, 4 filters), recurrent_kernel
/// (kernel_size..., filters, 4 filters), bias (4 filters).
class ConvLSTM1D final : public ops::ConvLstmOf<ConvLSTM1D, 1> {
 public:
  static constexpr const char* keras_name = "ConvLSTM1D";
  explicit ConvLSTM1D(Config config);
};

}  // namespace rhyton
