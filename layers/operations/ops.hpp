#pragma once
/// @file ops.hpp  keras.ops on the tensors of a graph: `x * 2 + y`, `ops::mean(x, 1)`, `ops::einsum(...)`.
/// Each call is a node that files keep; shapes are judged at once, as for layers.
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/operations/op_list.hpp"
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

// Elements of two tensors, broadcast, and products: `add(x1, x2)`, `matmul(x1, x2)` and all that op_list.hpp
// has.
#define RHYTON_DECLARE(function, module, operation) \
  SymbolicTensor function(const Operand& x1, const Operand& x2);
RHYTON_BINARY_OPS(RHYTON_DECLARE)
#undef RHYTON_DECLARE
SymbolicTensor where(const Operand& condition, const Operand& x1, const Operand& x2);
SymbolicTensor einsum(const std::string& subscripts, const std::vector<Operand>& operands);

// Elements of one tensor: `exp(x)`, `isnan(x)`, `relu(x)`. No gradient passes through `stop_gradient(x)`.
#define RHYTON_DECLARE(function, module, operation) SymbolicTensor function(const SymbolicTensor& x);
RHYTON_UNARY_OPS(RHYTON_DECLARE)
#undef RHYTON_DECLARE
SymbolicTensor round(const SymbolicTensor& x, int decimals = 0);
SymbolicTensor clip(const SymbolicTensor& x, double x_min, double x_max);
SymbolicTensor cast(const SymbolicTensor& x, DType dtype);
SymbolicTensor elu(const SymbolicTensor& x, double alpha = 1.0);
SymbolicTensor gelu(const SymbolicTensor& x, bool approximate = true);
SymbolicTensor leaky_relu(const SymbolicTensor& x, double negative_slope = 0.2);
SymbolicTensor softmax(const SymbolicTensor& x, int axis = -1);
SymbolicTensor log_softmax(const SymbolicTensor& x, int axis = -1);

// Over all elements, the batch's too; or over one axis or several: `mean(x, 1)`, `mean(x, {1, 2}, true)`.
#define RHYTON_DECLARE(function, module, operation) \
  SymbolicTensor function(const SymbolicTensor& x); \
  SymbolicTensor function(const SymbolicTensor& x, const AxisList& axis, bool keepdims = false);
RHYTON_REDUCTION_OPS(RHYTON_DECLARE)
#undef RHYTON_DECLARE
SymbolicTensor argmax(const SymbolicTensor& x, int axis, bool keepdims = false);
SymbolicTensor argmin(const SymbolicTensor& x, int axis, bool keepdims = false);

// Along one axis: `cumsum(x, 1)`.
#define RHYTON_DECLARE(function, module, operation) \
  SymbolicTensor function(const SymbolicTensor& x, int axis);
RHYTON_AXIS_OPS(RHYTON_DECLARE)
#undef RHYTON_DECLARE

// Elements in other places.
/// `newshape` has the batch; one dimension may be -1.
SymbolicTensor reshape(const SymbolicTensor& x, const Shape& newshape);
/// Without axes: all in reverse.
SymbolicTensor transpose(const SymbolicTensor& x, const std::vector<int>& axes = {});
SymbolicTensor swapaxes(const SymbolicTensor& x, int axis1, int axis2);
SymbolicTensor moveaxis(const SymbolicTensor& x, int source, int destination);
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
