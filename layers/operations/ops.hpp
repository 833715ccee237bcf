#pragma once
/// @file ops.hpp  keras.ops on the tensors of a graph: `x * 2 + y`, `ops::mean(x, 1)`, `ops::einsum(...)`.
/// Each call is a node that files keep; shapes are judged at once, as for layers.
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

/// `start:stop:step` of an index; what is left out is the end that the step comes from or goes to.
struct Slice {
  std::optional<std::int64_t> start = {}, stop = {}, step = {};
};

namespace ops {

/// A tensor of the graph, or a constant in its place: a number, which takes the tensor's type as in Keras, or
/// an array.
class Operand {
 public:
  Operand(const SymbolicTensor& tensor) : tensor_(tensor) {}
  Operand(const Tensor& constant);
  Operand(bool constant);
  template <std::integral N>
  Operand(N constant) : Operand(Whole{static_cast<std::int64_t>(constant)}) {}
  template <std::floating_point N>
  Operand(N constant) : Operand(Real{static_cast<double>(constant)}) {}

  const SymbolicTensor& tensor() const { return tensor_; }
  /// Null for a tensor.
  const Json* constant() const { return constant_.get(); }

 private:
  struct Whole {
    std::int64_t value;
  };
  struct Real {
    double value;
  };
  explicit Operand(Whole constant);
  explicit Operand(Real constant);
  SymbolicTensor tensor_;
  std::shared_ptr<const Json> constant_;
};

/// One entry of an index: a position, a slice, `ellipsis` or `newaxis`.
class Index {
 public:
  enum Special { ellipsis, newaxis };
  template <std::integral N>
  Index(N position) : kind_(Kind::position), slice_{.start = static_cast<std::int64_t>(position)} {}
  Index(const Slice& slice) : kind_(Kind::slice), slice_(slice) {}
  Index(Special special) : kind_(special == ellipsis ? Kind::ellipsis : Kind::newaxis) {}

 private:
  friend SymbolicTensor get_item(const SymbolicTensor&, const std::vector<Index>&);
  enum class Kind { position, slice, ellipsis, newaxis } kind_;
  Slice slice_;
};
inline constexpr Index::Special ellipsis = Index::ellipsis, newaxis = Index::newaxis;
/// Python's `x[1:, ..., None]`: `get_item(x, {Slice{1}, ops::ellipsis, ops::newaxis})`.
SymbolicTensor get_item(const SymbolicTensor& x, const std::vector<Index>& index);

// Elements of two tensors, broadcast.
SymbolicTensor add(const Operand& x1, const Operand& x2);
SymbolicTensor subtract(const Operand& x1, const Operand& x2);
SymbolicTensor multiply(const Operand& x1, const Operand& x2);
SymbolicTensor divide(const Operand& x1, const Operand& x2);
SymbolicTensor true_divide(const Operand& x1, const Operand& x2);
SymbolicTensor floor_divide(const Operand& x1, const Operand& x2);
SymbolicTensor mod(const Operand& x1, const Operand& x2);
SymbolicTensor power(const Operand& x1, const Operand& x2);
SymbolicTensor maximum(const Operand& x1, const Operand& x2);
SymbolicTensor minimum(const Operand& x1, const Operand& x2);
SymbolicTensor arctan2(const Operand& x1, const Operand& x2);
SymbolicTensor equal(const Operand& x1, const Operand& x2);
SymbolicTensor not_equal(const Operand& x1, const Operand& x2);
SymbolicTensor greater(const Operand& x1, const Operand& x2);
SymbolicTensor greater_equal(const Operand& x1, const Operand& x2);
SymbolicTensor less(const Operand& x1, const Operand& x2);
SymbolicTensor less_equal(const Operand& x1, const Operand& x2);
SymbolicTensor logical_and(const Operand& x1, const Operand& x2);
SymbolicTensor logical_or(const Operand& x1, const Operand& x2);
SymbolicTensor logical_xor(const Operand& x1, const Operand& x2);
SymbolicTensor where(const Operand& condition, const Operand& x1, const Operand& x2);

// Elements of one tensor.
SymbolicTensor absolute(const SymbolicTensor& x);
SymbolicTensor abs(const SymbolicTensor& x);
SymbolicTensor negative(const SymbolicTensor& x);
SymbolicTensor sign(const SymbolicTensor& x);
SymbolicTensor square(const SymbolicTensor& x);
SymbolicTensor sqrt(const SymbolicTensor& x);
SymbolicTensor rsqrt(const SymbolicTensor& x);
SymbolicTensor reciprocal(const SymbolicTensor& x);
SymbolicTensor exp(const SymbolicTensor& x);
SymbolicTensor expm1(const SymbolicTensor& x);
SymbolicTensor log(const SymbolicTensor& x);
SymbolicTensor log1p(const SymbolicTensor& x);
SymbolicTensor log2(const SymbolicTensor& x);
SymbolicTensor log10(const SymbolicTensor& x);
SymbolicTensor sin(const SymbolicTensor& x);
SymbolicTensor cos(const SymbolicTensor& x);
SymbolicTensor tan(const SymbolicTensor& x);
SymbolicTensor arcsin(const SymbolicTensor& x);
SymbolicTensor arccos(const SymbolicTensor& x);
SymbolicTensor arctan(const SymbolicTensor& x);
SymbolicTensor sinh(const SymbolicTensor& x);
SymbolicTensor cosh(const SymbolicTensor& x);
SymbolicTensor tanh(const SymbolicTensor& x);
SymbolicTensor erf(const SymbolicTensor& x);
SymbolicTensor floor(const SymbolicTensor& x);
SymbolicTensor ceil(const SymbolicTensor& x);
SymbolicTensor round(const SymbolicTensor& x, int decimals = 0);
SymbolicTensor isnan(const SymbolicTensor& x);
SymbolicTensor isinf(const SymbolicTensor& x);
SymbolicTensor isfinite(const SymbolicTensor& x);
SymbolicTensor logical_not(const SymbolicTensor& x);
SymbolicTensor zeros_like(const SymbolicTensor& x);
SymbolicTensor ones_like(const SymbolicTensor& x);
SymbolicTensor clip(const SymbolicTensor& x, double x_min, double x_max);
SymbolicTensor cast(const SymbolicTensor& x, DType dtype);
/// x, but no gradient passes.
SymbolicTensor stop_gradient(const SymbolicTensor& x);

// Activations.
SymbolicTensor relu(const SymbolicTensor& x);
SymbolicTensor relu6(const SymbolicTensor& x);
SymbolicTensor sigmoid(const SymbolicTensor& x);
SymbolicTensor log_sigmoid(const SymbolicTensor& x);
SymbolicTensor hard_sigmoid(const SymbolicTensor& x);
SymbolicTensor softplus(const SymbolicTensor& x);
SymbolicTensor softsign(const SymbolicTensor& x);
SymbolicTensor silu(const SymbolicTensor& x);
SymbolicTensor hard_silu(const SymbolicTensor& x);
SymbolicTensor selu(const SymbolicTensor& x);
SymbolicTensor elu(const SymbolicTensor& x, double alpha = 1.0);
SymbolicTensor gelu(const SymbolicTensor& x, bool approximate = true);
SymbolicTensor leaky_relu(const SymbolicTensor& x, double negative_slope = 0.2);
SymbolicTensor softmax(const SymbolicTensor& x, int axis = -1);
SymbolicTensor log_softmax(const SymbolicTensor& x, int axis = -1);

// Over all elements, the batch's too; or over one axis or several: `mean(x, 1)`, `mean(x, {1, 2}, true)`.
SymbolicTensor sum(const SymbolicTensor& x);
SymbolicTensor sum(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor mean(const SymbolicTensor& x);
SymbolicTensor mean(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor max(const SymbolicTensor& x);
SymbolicTensor max(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor min(const SymbolicTensor& x);
SymbolicTensor min(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor prod(const SymbolicTensor& x);
SymbolicTensor prod(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor var(const SymbolicTensor& x);
SymbolicTensor var(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor std(const SymbolicTensor& x);
SymbolicTensor std(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor any(const SymbolicTensor& x);
SymbolicTensor any(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor all(const SymbolicTensor& x);
SymbolicTensor all(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor logsumexp(const SymbolicTensor& x);
SymbolicTensor logsumexp(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
SymbolicTensor argmax(const SymbolicTensor& x, int axis, bool keepdims = false);
SymbolicTensor argmin(const SymbolicTensor& x, int axis, bool keepdims = false);
SymbolicTensor cumsum(const SymbolicTensor& x, int axis);
SymbolicTensor cumprod(const SymbolicTensor& x, int axis);

// Elements in other places.
/// `newshape` has the batch; one dimension may be -1.
SymbolicTensor reshape(const SymbolicTensor& x, const Shape& newshape);
/// Without axes: all in reverse.
SymbolicTensor transpose(const SymbolicTensor& x, const std::vector<int>& axes = {});
SymbolicTensor swapaxes(const SymbolicTensor& x, int axis1, int axis2);
SymbolicTensor moveaxis(const SymbolicTensor& x, int source, int destination);
SymbolicTensor expand_dims(const SymbolicTensor& x, int axis);
SymbolicTensor squeeze(const SymbolicTensor& x, int axis);
SymbolicTensor flip(const SymbolicTensor& x, int axis);
SymbolicTensor roll(const SymbolicTensor& x, std::int64_t shift, int axis);
SymbolicTensor repeat(const SymbolicTensor& x, std::int64_t repeats, int axis);
SymbolicTensor tile(const SymbolicTensor& x, const std::vector<std::int64_t>& repeats);
SymbolicTensor broadcast_to(const SymbolicTensor& x, const Shape& shape);
/// A pair for each axis, the batch's first: `pad(x, {{0, 0}, {1, 1}})`. Modes: constant, reflect, symmetric.
SymbolicTensor pad(const SymbolicTensor& x, const std::vector<Pair>& pad_width,
                   const std::string& mode = "constant", double constant_values = 0.0);
SymbolicTensor take(const SymbolicTensor& x, const Operand& indices, int axis);
SymbolicTensor take_along_axis(const SymbolicTensor& x, const Operand& indices, int axis);
SymbolicTensor one_hot(const SymbolicTensor& x, std::int64_t num_classes, int axis = -1);
SymbolicTensor sort(const SymbolicTensor& x, int axis = -1);
SymbolicTensor argsort(const SymbolicTensor& x, int axis = -1);
/// Values and their indices.
SymbolicTensors top_k(const SymbolicTensor& x, std::int64_t k);
SymbolicTensor concatenate(const SymbolicTensors& xs, int axis = -1);
SymbolicTensor stack(const SymbolicTensors& xs, int axis = 0);
/// In equal parts, or at the given positions.
SymbolicTensors split_sections(const SymbolicTensor& x, std::int64_t sections, int axis);
template <std::integral N>
SymbolicTensors split(const SymbolicTensor& x, N sections, int axis = 0) {  // `{1}` is a list of positions
  return split_sections(x, static_cast<std::int64_t>(sections), axis);
}
SymbolicTensors split(const SymbolicTensor& x, const std::vector<std::int64_t>& indices, int axis = 0);

// Products.
SymbolicTensor matmul(const Operand& x1, const Operand& x2);
SymbolicTensor dot(const Operand& x1, const Operand& x2);
SymbolicTensor einsum(const std::string& subscripts, const std::vector<Operand>& operands);

}  // namespace ops

/// What stands beside a tensor in an expression.
template <class N>
concept Scalar = std::integral<N> || std::floating_point<N>;

#define RHYTON_OPERATOR(symbol, function)                                                   \
  inline SymbolicTensor operator symbol(const SymbolicTensor& a, const SymbolicTensor& b) { \
    return ops::function(a, b);                                                             \
  }                                                                                         \
  template <Scalar N>                                                                       \
  SymbolicTensor operator symbol(const SymbolicTensor& a, N b) {                            \
    return ops::function(a, b);                                                             \
  }                                                                                         \
  template <Scalar N>                                                                       \
  SymbolicTensor operator symbol(N a, const SymbolicTensor& b) {                            \
    return ops::function(a, b);                                                             \
  }
// `==` tells whether two tensors are the same one; `ops::equal` compares their elements.
RHYTON_OPERATOR(+, add)
RHYTON_OPERATOR(-, subtract)
RHYTON_OPERATOR(*, multiply)
RHYTON_OPERATOR(/, true_divide)
RHYTON_OPERATOR(<, less)
RHYTON_OPERATOR(<=, less_equal)
RHYTON_OPERATOR(>, greater)
RHYTON_OPERATOR(>=, greater_equal)
#undef RHYTON_OPERATOR
inline SymbolicTensor operator-(const SymbolicTensor& x) { return ops::negative(x); }

}  // namespace rhyton
