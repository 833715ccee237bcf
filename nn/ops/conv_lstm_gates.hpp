#pragma once
/// @file conv_lstm_gates.hpp  What happens between the convolutions of one step of a ConvLSTM.
#include "nn/activations/activation_fn.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// Convolutions of x and of h, with channels i, f, c, o, and the state c -> new states h and c. `xs` and `hs`
/// are one tensor each, or one for every gate, of which only that gate's channels count.
SymbolicTensors conv_lstm_gates(const SymbolicTensors& xs, const SymbolicTensors& hs, const SymbolicTensor& c,
                                bool channels_first, const ActivationFn& activation,
                                const ActivationFn& recurrent_activation);

}  // namespace rhyton::ops
