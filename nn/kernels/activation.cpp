#include "nn/kernels/activation.hpp"

#include <algorithm>
#include <limits>

namespace rhyton {

namespace {

using enum ActivationKind;

struct Entry {
  std::string_view name;
  ActivationKind kind;
  double a = 0.0, b = std::numeric_limits<double>::infinity(), c = 0.0;
};

/// Keras's names and defaults (keras/src/activations), sorted.
constexpr Entry entries[] = {
    {"celu", celu, 1.0},
    {"elu", elu, 1.0},
    {"exponential", exponential},
    {"gelu", gelu},
    {"glu", glu},
    {"hard_shrink", hard_shrink, 0.5},
    {"hard_sigmoid", hard_sigmoid},
    {"hard_silu", hard_silu},
    {"hard_tanh", hard_tanh},
    {"leaky_relu", leaky_relu, 0.2},
    {"linear", linear},
    {"log_sigmoid", log_sigmoid},
    {"log_softmax", log_softmax},
    {"mish", mish},
    {"relu", relu},
    {"relu6", relu6},
    {"selu", selu},
    {"sigmoid", sigmoid},
    {"silu", silu},
    {"soft_shrink", soft_shrink, 0.5},
    {"softmax", softmax},
    {"softplus", softplus},
    {"softsign", softsign},
    {"sparse_plus", sparse_plus},
    {"sparse_sigmoid", sparse_sigmoid},
    {"sparsemax", sparsemax},
    {"squareplus", squareplus, 4.0},
    {"tanh", tanh},
    {"tanh_shrink", tanh_shrink},
    {"threshold", threshold, 0.0, 0.0},
};

}  // namespace

std::optional<ActivationSpec> activation_by_name(std::string_view name) {
  if (name == "swish") name = "silu";
  if (name == "hard_swish") name = "hard_silu";
  for (const Entry& e : entries)
    if (e.name == name) return ActivationSpec{.kind = e.kind, .a = e.a, .b = e.b, .c = e.c};
  return std::nullopt;
}

std::string_view activation_name(ActivationKind kind) {
  if (kind == gelu_tanh) kind = gelu;
  if (kind == hard_sigmoid_keras2) kind = hard_sigmoid;
  for (const Entry& e : entries)
    if (e.kind == kind) return e.name;
  return "linear";
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const Entry& e : entries) names.emplace_back(e.name);
  return names;
}

bool is_elementwise(ActivationKind kind) {
  return kind != softmax && kind != log_softmax && kind != sparsemax && kind != glu;
}

bool gradient_from_output(const ActivationSpec& spec) {
  switch (spec.kind) {
    case relu:
      // A clip passes the gradient at its maximum, which the output cannot tell; Keras's relu6 does not.
      return spec.c == 0.0 && spec.a >= 0.0 &&
             (spec.b == std::numeric_limits<double>::infinity() || spec.b == 6.0);
    case leaky_relu:
      return spec.a >= 0.0;
    case elu:
    case celu:
      return spec.a > 0.0;
    case linear:
    case relu6:
    case selu:
    case sigmoid:
    case hard_sigmoid:
    case softsign:
    case tanh:
    case exponential:
    case softmax:
    case log_softmax:
      return true;
    default:
      return false;
  }
}

}  // namespace rhyton
