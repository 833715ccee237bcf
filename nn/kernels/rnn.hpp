#pragma once
/// @file rnn.hpp  Recurrent cells over whole sequences as planned kernels: SimpleRNN, LSTM, GRU, forward and
/// back through time.
#include <array>
#include <functional>
#include <memory>

#include "nn/kernels/activation.hpp"

namespace rhyton {

/// simple: h' = f(x W + h R + b). lstm: gates i, f, c, o; c' = f c + i f(.), h' = o f(c'). gru: gates z, r,
/// h; h' = z h + (1 - z) hh, the reset gate before or after the recurrent product.
enum class CellKind { simple, lstm, gru };

constexpr int gate_count(CellKind kind) { return kind == CellKind::lstm ? 4 : kind == CellKind::gru ? 3 : 1; }
constexpr int state_count(CellKind kind) { return kind == CellKind::lstm ? 2 : 1; }

/// A function of the library, or the caller's own, whose arguments are those of activation_forward and
/// activation_backward.
struct CellActivation {
  ActivationSpec spec{};
  std::function<void(ConstView x, View y)> forward{};
  std::function<void(ConstView x, ConstView y, ConstView dy, View dx)> backward{};
  bool custom() const { return static_cast<bool>(forward); }
};

/// Keras's layouts: x (batch, steps, inputs), kernel (inputs, gates * units), recurrent kernel (units, gates
/// * units), bias (gates * units), or (2, gates * units) for a GRU that resets after the product: the
/// input's, then the recurrent product's. States (batch, units): h, and c of an LSTM.
struct RnnDesc {
  CellKind cell = CellKind::lstm;
  Dim batch = 0, steps = 0, inputs = 0, units = 0;
  bool bias = true;
  bool reset_after = true;  ///< GRU
  CellActivation activation{}, recurrent_activation{};
  bool reverse = false;    ///< from the last step to the first; outputs stand in the order of processing
  bool sequences = false;  ///< y is (batch, steps, units), else the last output, (batch, units)
  bool masked = false;
  bool zero_masked = false;  ///< outputs at masked steps are zero, else the output before them again
  /// Numbers of dropout masks for x and for h: none, one for all gates, or one a gate.
  int input_masks = 0, recurrent_masks = 0;
  KernelOptions options{};
};

/// What a pass over the sequence reads.
struct RnnInputs {
  ConstView x, kernel, recurrent_kernel, bias;
  ConstView mask{};                    ///< boolean (batch, steps): false leaves states as they are
  std::array<ConstView, 2> initial{};  ///< absent: zeros
  ConstView input_dropout{};           ///< (masks, batch, inputs), factors on x at every step
  ConstView recurrent_dropout{};       ///< (masks, batch, units), factors on h
};

struct RnnGradients {
  View dx;
  std::array<View, 2> initial{};
  GradTarget kernel, recurrent_kernel, bias;
};

class RnnKernel : public Kernel {
 public:
  /// Elements of the buffer that `forward` fills for `backward`.
  virtual Dim saved_size() const = 0;
  /// `final` may be absent; `saved` is absent where no backward follows.
  virtual void forward(const RnnInputs& in, View y, const std::array<View, 2>& final, View saved) = 0;
  /// Gradients of y and of the final states (absent: zero) to those of the inputs (absent: not wanted).
  virtual void backward(const RnnInputs& in, ConstView saved, ConstView dy,
                        const std::array<ConstView, 2>& dfinal, const RnnGradients& gradients) = 0;
};

std::unique_ptr<RnnKernel> make_rnn(const RnnDesc& desc);

}  // namespace rhyton
