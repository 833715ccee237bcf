#pragma once
/// @file activation.hpp  Keras's activation functions as kernels, values and gradients.
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// The functions of `keras.activations`, and `leaky_relu`'s relatives with parameters (see ActivationSpec).
enum class ActivationKind : std::uint8_t {
  linear,
  relu,
  leaky_relu,
  relu6,
  elu,
  selu,
  celu,
  gelu,
  gelu_tanh,
  sigmoid,
  hard_sigmoid,
  hard_sigmoid_keras2,
  log_sigmoid,
  silu,
  hard_silu,
  softplus,
  softsign,
  tanh,
  hard_tanh,
  tanh_shrink,
  soft_shrink,
  hard_shrink,
  squareplus,
  sparse_plus,
  sparse_sigmoid,
  exponential,
  threshold,
  mish,
  glu,
  softmax,
  log_softmax,
  sparsemax,
};

/// One function with its parameters; the meaning of `a`, `b`, `c` depends on the kind:
/// relu: a = negative_slope, b = max_value (infinity: none), c = threshold; leaky_relu: a = negative_slope;
/// elu, celu: a = alpha; squareplus: a = b of Keras; soft_shrink, hard_shrink: a = threshold; threshold: a =
/// threshold, b = default value. Defaults as Keras names them come from `activation_by_name`. softmax,
/// log_softmax, sparsemax, glu work along `axis`.
struct ActivationSpec {
  ActivationKind kind = ActivationKind::linear;
  double a = 0.0, b = std::numeric_limits<double>::infinity(), c = 0.0;
  int axis = -1;
  bool operator==(const ActivationSpec&) const = default;
};

/// The spec with Keras's defaults for a name such as "relu", "swish" or "hard_sigmoid"; nullopt if unknown.
std::optional<ActivationSpec> activation_by_name(std::string_view name);
/// Keras's canonical name ("silu" for "swish").
std::string_view activation_name(ActivationKind kind);
/// All names that Keras 3 serializes, sorted (aliases such as "swish" are not among them).
std::vector<std::string> activation_names();

/// True when every element depends on its own input alone (not softmax, log_softmax, sparsemax, glu).
bool is_elementwise(ActivationKind kind);
/// True when the gradient can be computed from the output alone, so that the input need not be kept and the
/// function may run in place.
bool gradient_from_output(const ActivationSpec& spec);

/// y = f(x). y may be x (but for glu, which halves its axis). Vectorized; float32 errors stay below 4 ulp-ish
/// 1e-6 relative of the exact function.
void activation_forward(const ActivationSpec& spec, ConstView x, View y);
/// dx = f'(x) dy. x may be absent where `gradient_from_output`, y may be absent elsewhere. dx may be dy.
void activation_backward(const ActivationSpec& spec, ConstView x, ConstView y, ConstView dy, View dx);

}  // namespace rhyton
