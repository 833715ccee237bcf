#pragma once
/// @file eager_ops.hpp  keras.ops on numbers: `ops::argmax(model.predict(x), -1)`, `y - ops::mean(y, 0)`.
/// Each call plans and runs a graph of its own, which takes some ten microseconds: for what is done around a
/// model. What is done for every batch belongs into the model, where it is planned once. Real numbers are
/// float32, as in models.
#include <functional>
#include <vector>

#include "layers/operations/ops.hpp"

namespace rhyton::ops {

Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
Tensor full(const Shape& shape, double fill_value, DType dtype = DType::float32);
/// start, start + step, ... below stop.
Tensor arange(double start, double stop, double step = 1.0, DType dtype = DType::int32);

/// What a graph of operations makes of numbers: `compute({&a, &b}, [](auto& x) { return x[0] + 2 * x[1]; })`.
Tensor compute(const std::vector<const Tensor*>& inputs,
               const std::function<SymbolicTensor(const SymbolicTensors&)>& graph);
std::vector<Tensor> compute_all(const std::vector<const Tensor*>& inputs,
                                const std::function<SymbolicTensors(const SymbolicTensors&)>& graph);

// The functions of ops.hpp whose first argument is a tensor. Arguments in braces need the overloads below.
#define RHYTON_ON_NUMBERS(function, ...)                                                          \
  template <class... Arguments>                                                                   \
  requires requires(const SymbolicTensor& x, const Arguments&... a) { function(x, a...); }        \
  Tensor function(const Tensor& x, const Arguments&... arguments) {                               \
    return compute({&x}, [&](const SymbolicTensors& t) { return function(t[0], arguments...); }); \
  }
RHYTON_UNARY_OPS(RHYTON_ON_NUMBERS)
RHYTON_AXIS_OPS(RHYTON_ON_NUMBERS)
RHYTON_ON_NUMBERS(round)
RHYTON_ON_NUMBERS(clip)
RHYTON_ON_NUMBERS(cast)
RHYTON_ON_NUMBERS(elu)
RHYTON_ON_NUMBERS(gelu)
RHYTON_ON_NUMBERS(leaky_relu)
RHYTON_ON_NUMBERS(softmax)
RHYTON_ON_NUMBERS(log_softmax)
RHYTON_ON_NUMBERS(argmax)
RHYTON_ON_NUMBERS(argmin)
RHYTON_ON_NUMBERS(swapaxes)
RHYTON_ON_NUMBERS(moveaxis)
RHYTON_ON_NUMBERS(roll)
RHYTON_ON_NUMBERS(repeat)
RHYTON_ON_NUMBERS(take)
RHYTON_ON_NUMBERS(take_along_axis)
RHYTON_ON_NUMBERS(one_hot)
RHYTON_ON_NUMBERS(sort)
RHYTON_ON_NUMBERS(argsort)
#undef RHYTON_ON_NUMBERS

#define RHYTON_REDUCTION(function, ...) \
  Tensor function(const Tensor& x);     \
  Tensor function(const Tensor& x, const AxisList& axis, bool keepdims = false);
RHYTON_REDUCTION_OPS(RHYTON_REDUCTION)
#undef RHYTON_REDUCTION

#define RHYTON_BINARY(function, ...)                                                     \
  Tensor function(const Tensor& x1, const Tensor& x2);                                   \
  template <Scalar N>                                                                    \
  Tensor function(const Tensor& x1, N x2) {                                              \
    return compute({&x1}, [&](const SymbolicTensors& t) { return function(t[0], x2); }); \
  }                                                                                      \
  template <Scalar N>                                                                    \
  Tensor function(N x1, const Tensor& x2) {                                              \
    return compute({&x2}, [&](const SymbolicTensors& t) { return function(x1, t[0]); }); \
  }
RHYTON_BINARY_OPS(RHYTON_BINARY)
#undef RHYTON_BINARY

template <class X1, class X2>
requires(std::same_as<X1, Tensor> || Scalar<X1>) && (std::same_as<X2, Tensor> || Scalar<X2>)Tensor
    where(const Tensor& condition, const X1& x1, const X2& x2) {
  std::vector<const Tensor*> inputs{&condition};
  if constexpr (std::same_as<X1, Tensor>) inputs.push_back(&x1);
  if constexpr (std::same_as<X2, Tensor>) inputs.push_back(&x2);
  return compute(inputs, [&](const SymbolicTensors& t) {
    const auto operand = [&]<class X>(const X& x, const SymbolicTensor& tensor) -> Operand {
      if constexpr (std::same_as<X, Tensor>)
        return tensor;
      else
        return x;
    };
    return where(t.front(), operand(x1, t[std::same_as<X1, Tensor> ? 1 : 0]), operand(x2, t.back()));
  });
}
Tensor get_item(const Tensor& x, const std::vector<Index>& index);
Tensor reshape(const Tensor& x, const Shape& newshape);
Tensor transpose(const Tensor& x, const std::vector<int>& axes = {});
Tensor tile(const Tensor& x, const std::vector<std::int64_t>& repeats);
Tensor broadcast_to(const Tensor& x, const Shape& shape);
Tensor pad(const Tensor& x, const std::vector<Pair>& pad_width, const std::string& mode = "constant",
           double constant_values = 0.0);
/// Values and their indices.
std::vector<Tensor> top_k(const Tensor& x, std::int64_t k);
Tensor concatenate(const std::vector<Tensor>& xs, int axis = -1);
Tensor stack(const std::vector<Tensor>& xs, int axis = 0);
std::vector<Tensor> split_sections(const Tensor& x, std::int64_t sections, int axis);
template <std::integral N>
std::vector<Tensor> split(const Tensor& x, N sections, int axis = 0) {
  return split_sections(x, static_cast<std::int64_t>(sections), axis);
}
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, int axis = 0);
/// `einsum("ij,jk->ik", a, b)`
template <std::same_as<Tensor>... Tensors>
Tensor einsum(const std::string& subscripts, const Tensors&... operands) {
  return compute({&operands...}, [&](const SymbolicTensors& t) {
    return einsum(subscripts, std::vector<Operand>(t.begin(), t.end()));
  });
}

}  // namespace rhyton::ops

namespace rhyton {

#define RHYTON_OPERATOR(symbol, function)                                                         \
  inline Tensor operator symbol(const Tensor& a, const Tensor& b) { return ops::function(a, b); } \
  template <Scalar N>                                                                             \
  Tensor operator symbol(const Tensor& a, N b) {                                                  \
    return ops::function(a, b);                                                                   \
  }                                                                                               \
  template <Scalar N>                                                                             \
  Tensor operator symbol(N a, const Tensor& b) {                                                  \
    return ops::function(a, b);                                                                   \
  }
RHYTON_OPERATOR(+, add)
RHYTON_OPERATOR(-, subtract)
RHYTON_OPERATOR(*, multiply)
RHYTON_OPERATOR(/, true_divide)
#undef RHYTON_OPERATOR
inline Tensor operator-(const Tensor& x) { return ops::negative(x); }

}  // namespace rhyton
