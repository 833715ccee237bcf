// Sums, means and choices that are made of simpler operations.
#include <cmath>

#include "layers/operations/composition.hpp"
#include "layers/operations/constant.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

Json axis_of(const Composition& c) {
  const Json* axis = c.arguments.find("axis");
  return axis ? *axis : Json();
}
bool keepdims_of(const Composition& c) { return c.arguments.boolean("keepdims", false); }

/// Real numbers: of whole ones, what these operations give is real.
SymbolicTensor real(const Composition& c, const SymbolicTensor& x) {
  return is_floating(x.dtype()) ? x : c.cast(x, DType::float32);
}

SymbolicTensor absolute(const Composition& c, const SymbolicTensor& x) { return c.call("Absolute", {x}); }

Parts is_close(const Composition& c) {
  if (c.arguments.boolean("equal_nan", false)) c.refuse("comparing NaN as equal");
  const auto a = c.operand("x1"), b = c.operand("x2");
  const double relative = c.arguments.number("rtol", 1e-5), least = c.arguments.number("atol", 1e-8);
  const auto apart = absolute(c, c.call("Subtract", {a, b}));
  const auto scale = c.call("Multiply", {absolute(c, c.tensor("x2")), relative});
  return {c.call("LessEqual", {apart, c.call("Add", {scale, least})})};
}

Parts all_close(const Composition& c) { return {c.reduce("All", is_close(c)[0], Json(), false)}; }

Parts add_all(const Composition& c) {
  SymbolicTensor sum = c.inputs()[0];
  for (std::size_t i = 1; i < c.inputs().size(); ++i) sum = c.call("Add", {sum, c.inputs()[i]});
  return {sum};
}

/// Nested choices, the first condition outermost.
Parts select(const Composition& c) {
  const Json *conditions = c.arguments.find("condlist"), *choices = c.arguments.find("choicelist");
  if (!conditions || !choices || conditions->size() != choices->size())
    c.fail("`condlist` and `choicelist` must have one length.");
  const auto operand = [&](const Json& json) {
    return json.is_object() && json.contains("$")
               ? detail::Operand(c.inputs().at(json["$"].get<std::size_t>()))
               : detail::Operand(json);
  };
  const Json* otherwise = c.arguments.find("default");
  detail::Operand result = otherwise ? operand(*otherwise) : detail::Operand(0.0);
  for (std::size_t i = conditions->size(); i-- > 0;)
    result = c.call("Where", {operand((*conditions)[i]), operand((*choices)[i]), result});
  return {result.tensor};
}

/// The weights of an average, which stand along its one axis or have the shape of x.
SymbolicTensor weights_of(const Composition& c, const SymbolicTensor& x) {
  const int rank = x.shape().rank();
  const auto given = c.operand("weights");
  const Tensor constant = given.tensor ? Tensor() : detail::constant_tensor(given.constant);
  const Shape& shape = given.tensor ? given.tensor.shape() : constant.shape();
  if (shape.rank() == rank && given.tensor) return given.tensor;
  const auto axes = c.arguments.integers("axis");
  if (shape.rank() != rank && (shape.rank() != 1 || axes.size() != 1)) c.refuse("weights of this shape");
  Shape lifted = shape;
  if (shape.rank() != rank) {
    lifted = Shape(std::vector<Dim>(static_cast<std::size_t>(rank), 1));
    lifted[normalize_axis(axes[0], rank, c.owner().label())] = shape[0];
  }
  const SymbolicTensor ones = c.call("OnesLike", {x});
  if (given.tensor) return c.call("Multiply", {ones, c.reshape(given.tensor, lifted)});
  return c.call("Multiply", {ones, detail::constant_json(constant.reshaped(lifted))});
}

Parts average(const Composition& c) {
  const auto x = c.tensor("x");
  if (!c.arguments.find("weights")) return {c.reduce("Mean", x, axis_of(c), false)};
  const auto weights = weights_of(c, real(c, x));
  const auto sum = c.reduce("Sum", c.call("Multiply", {x, weights}), axis_of(c), false);
  return {c.call("Divide", {sum, c.reduce("Sum", weights, axis_of(c), false)})};
}

Parts count_nonzero(const Composition& c) {
  const auto ones = c.cast(c.call("NotEqual", {c.tensor("x"), 0.0}), DType::int32);
  return {c.reduce("Sum", ones, axis_of(c), false)};
}

Parts range(const Composition& c) {
  const auto x = c.tensor("x");
  return {c.call("Subtract", {c.reduce("Max", x, axis_of(c), keepdims_of(c)),
                              c.reduce("Min", x, axis_of(c), keepdims_of(c))})};
}

Parts norm(const Composition& c) {
  const auto x = real(c, c.tensor("x"));
  const Json* order = c.arguments.find("ord");
  const Json axis = axis_of(c);
  const bool keepdims = keepdims_of(c);
  if (order && (order->is_string() || (axis.is_array() && axis.size() == 2) ||
                (axis.is_null() && x.shape().rank() > 1)))
    c.refuse("norms of matrices");
  const double p = order ? order->get<double>() : 2.0;
  const auto size = absolute(c, x);
  if (std::isinf(p)) return {c.reduce(p > 0 ? "Max" : "Min", size, axis, keepdims)};
  if (p == 0) return {c.reduce("Sum", c.cast(c.call("NotEqual", {x, 0.0}), x.dtype()), axis, keepdims)};
  if (p == 1) return {c.reduce("Sum", size, axis, keepdims)};
  if (p == 2) return {c.call("Sqrt", {c.reduce("Sum", c.call("Square", {x}), axis, keepdims)})};
  return {c.call("Power", {c.reduce("Sum", c.call("Power", {size, p}), axis, keepdims), 1 / p})};
}

// x / max(|x|, epsilon) along an axis; the 2-norm as x rsqrt(x^2), bounded.
Parts normalize(const Composition& c) {
  const auto x = real(c, c.tensor("x"));
  const double epsilon = c.arguments.number("epsilon", 1e-7);
  const double p = c.arguments.number("order", 2.0);
  Json axis = axis_of(c);
  if (p != 2) {
    auto length = c.reduce("Sum", c.call("Power", {absolute(c, x), p}), axis, true);
    length = c.call("Power", {length, 1 / p});
    return {c.call("Divide", {x, c.call("Maximum", {length, epsilon})})};
  }
  const auto squares = c.reduce("Sum", c.call("Square", {x}), axis, true);
  return {c.call("Multiply", {x, c.call("Minimum", {c.call("Rsqrt", {squares}), 1 / epsilon})})};
}

Parts moments(const Composition& c) {
  if (c.arguments.boolean("synchronized", false)) c.refuse("moments over several devices");
  const auto x = c.tensor("x");
  const Json* axes = c.arguments.find("axes");
  const Json axis = axes ? *axes : Json();
  return {c.reduce("Mean", x, axis, keepdims_of(c)), c.reduce("Var", x, axis, keepdims_of(c))};
}

/// Some axes as the last one.
SymbolicTensor merged(const Composition& c, const SymbolicTensor& x, std::vector<std::int64_t> axes) {
  const int rank = x.shape().rank();
  if (axes.empty()) return c.call("Ravel", {x});
  std::vector<int> order, last;
  for (const std::int64_t a : axes) last.push_back(normalize_axis(a, rank, c.owner().label()));
  Shape shape;
  for (int i = 0; i < rank; ++i)
    if (std::find(last.begin(), last.end(), i) == last.end()) {
      order.push_back(i);
      shape.push_back(x.shape()[i]);
    }
  Dim cells = 1;
  for (int i : last) {
    order.push_back(i);
    cells *= c.size(x, i);
  }
  shape.push_back(cells);
  return c.reshape(c.transpose(x, order), shape);
}

Parts median(const Composition& c) {
  const auto x = c.tensor("x");
  const auto axes = c.arguments.integers("axis");
  auto y = c.call("Quantile", {merged(c, x, axes), 0.5}, {{"axis", -1}, {"keepdims", false}});
  if (!keepdims_of(c)) return {y};
  if (axes.empty())
    return {c.reshape(y, Shape(std::vector<Dim>(static_cast<std::size_t>(x.shape().rank()), 1)))};
  return {c.call("ExpandDims", {y}, {{"axis", axes}})};
}

SymbolicTensor numbers_only(const Composition& c, const SymbolicTensor& x, double otherwise) {
  if (!is_floating(x.dtype())) return x;
  return c.call("Where", {c.call("Isnan", {x}), otherwise, x});
}

/// How many numbers there are.
SymbolicTensor count(const Composition& c, const SymbolicTensor& x, bool keepdims) {
  return c.reduce("Sum", c.cast(c.call("LogicalNot", {c.call("Isnan", {x})}), x.dtype()), axis_of(c),
                  keepdims);
}

Parts nan_sum(const Composition& c) {
  return {c.reduce("Sum", numbers_only(c, c.tensor("x"), 0.0), axis_of(c), keepdims_of(c))};
}
Parts nan_prod(const Composition& c) {
  return {c.reduce("Prod", numbers_only(c, c.tensor("x"), 1.0), axis_of(c), keepdims_of(c))};
}
Parts nan_max(const Composition& c) {
  return {c.reduce("Max", numbers_only(c, c.tensor("x"), -INFINITY), axis_of(c), keepdims_of(c))};
}
Parts nan_min(const Composition& c) {
  return {c.reduce("Min", numbers_only(c, c.tensor("x"), INFINITY), axis_of(c), keepdims_of(c))};
}
SymbolicTensor nan_mean_of(const Composition& c, const SymbolicTensor& x, bool keepdims) {
  const auto sum = c.reduce("Sum", numbers_only(c, x, 0.0), axis_of(c), keepdims);
  return c.call("Divide", {sum, count(c, x, keepdims)});
}
Parts nan_mean(const Composition& c) { return {nan_mean_of(c, c.tensor("x"), keepdims_of(c))}; }
SymbolicTensor nan_variance_of(const Composition& c) {
  const auto x = c.tensor("x");
  const auto apart = c.call("Square", {c.call("Subtract", {x, nan_mean_of(c, x, true)})});
  return nan_mean_of(c, apart, keepdims_of(c));
}
Parts nan_variance(const Composition& c) { return {nan_variance_of(c)}; }
Parts nan_deviation(const Composition& c) { return {c.call("Sqrt", {nan_variance_of(c)})}; }

/// Where there is no number at all: -1.
Parts nan_position(const Composition& c, const char* operation, double otherwise) {
  const auto x = c.tensor("x");
  if (!is_floating(x.dtype())) return {c.reduce(operation, x, axis_of(c), keepdims_of(c))};
  const auto at = c.reduce(operation, numbers_only(c, x, otherwise), axis_of(c), keepdims_of(c));
  const auto none = c.reduce("All", c.call("Isnan", {x}), axis_of(c), keepdims_of(c));
  return {c.call("Where", {none, Json(-1), at})};
}
Parts nan_argmax(const Composition& c) { return nan_position(c, "Argmax", -INFINITY); }
Parts nan_argmin(const Composition& c) { return nan_position(c, "Argmin", INFINITY); }

Parts nan_scan(const Composition& c, const char* operation, double otherwise) {
  Json config = {{"axis", axis_of(c)}};
  if (const Json* dtype = c.arguments.find("dtype")) config["dtype"] = *dtype;
  return {c.call(operation, {numbers_only(c, c.tensor("x"), otherwise)}, config)};
}
Parts nan_cumsum(const Composition& c) { return nan_scan(c, "Cumsum", 0.0); }
Parts nan_cumprod(const Composition& c) { return nan_scan(c, "Cumprod", 1.0); }

/// The angle of real numbers: 0, or pi below zero.
Parts angle(const Composition& c) {
  const auto x = real(c, c.tensor("x"));
  return {c.call("Arctan2", {c.call("ZerosLike", {x}), x})};
}

/// x[begin:end] along an axis.
SymbolicTensor part(const Composition& c, const SymbolicTensor& x, int axis, Json begin, Json end) {
  Json key = Json::array();
  for (int i = 0; i < axis; ++i) key.push_back({{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}});
  key.push_back({{"start", begin}, {"stop", end}, {"step", nullptr}});
  return c.call("GetItem", {x, key});
}

Parts difference(const Composition& c) {
  auto x = c.tensor("a");
  const int axis = normalize_axis(c.arguments.integer("axis", -1), x.shape().rank(), c.owner().label());
  for (std::int64_t i = c.arguments.integer("n", 1); i > 0; --i)
    x = c.call(x.dtype() == DType::boolean ? "NotEqual" : "Subtract",
               {part(c, x, axis, 1, nullptr), part(c, x, axis, nullptr, -1)});
  return {x};
}

Parts trapezoid(const Composition& c) {
  if (c.arguments.find("x")) c.refuse("sample points");
  const auto y = c.tensor("y");
  const int axis = normalize_axis(c.arguments.integer("axis", -1), y.shape().rank(), c.owner().label());
  const auto pairs = c.call("Add", {part(c, y, axis, 1, nullptr), part(c, y, axis, nullptr, -1)});
  return {c.call("Multiply", {c.reduce("Sum", pairs, axis, false), c.arguments.number("dx", 1.0) / 2})};
}

Parts trace(const Composition& c) {
  const auto diagonal = c.call("Diagonal", {c.tensor("x")},
                               {{"offset", c.arguments.integer("offset", 0)},
                                {"axis1", c.arguments.integer("axis1", 0)},
                                {"axis2", c.arguments.integer("axis2", 1)}});
  return {c.reduce("Sum", diagonal, -1, false)};
}

constexpr detail::ComposedEntry sums[] = {
    {"Isclose", "x1, x2, rtol, atol", is_close},
    {"AllClose", "x1, x2, rtol, atol", all_close},
    {"AddN", "xs", add_all},
    {"Select", "condlist, choicelist, default", select},
    {"Average", "x, weights", average},
    {"CountNonzero", "x", count_nonzero},
    {"Ptp", "x", range},
    {"Norm", "x", norm},
    {"Normalize", "x", normalize},
    {"Moments", "x", moments},
    {"Median", "x", median},
    {"Nansum", "x", nan_sum},
    {"Nanprod", "x", nan_prod},
    {"Nanmax", "x", nan_max},
    {"Nanmin", "x", nan_min},
    {"Nanmean", "x", nan_mean},
    {"Nanvar", "x", nan_variance},
    {"Nanstd", "x", nan_deviation},
    {"Nanargmax", "x", nan_argmax},
    {"Nanargmin", "x", nan_argmin},
    {"Nancumsum", "x", nan_cumsum},
    {"Nancumprod", "x", nan_cumprod},
    {"Angle", "x", angle},
    {"Diff", "a", difference},
    {"Trapezoid", "y", trapezoid},
    {"Trace", "x", trace},
};

}  // namespace

void detail::add_composed_sums(OperationTable& table) {
  add_entries(table, sums, [](OperationCall&& call) { return make_composed(std::move(call), sums); });
}

}  // namespace rhyton
