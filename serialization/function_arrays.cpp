// Functions of TensorFlow on numbers and their types that take several operations of Keras 3, or one with
// other arguments.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "serialization/function_call.hpp"

namespace rhyton {

namespace {

using Results = SymbolicTensors;

/// Bounds may be tensors.
Results clip(FunctionCall& c) {
  const auto x = c.tensor("t");
  const auto low = c.operand("clip_value_min"), high = c.operand("clip_value_max");
  if (!low.tensor && !high.tensor && low.constant.is_number() && high.constant.is_number())
    return {c.result("Clip", {x}, {{"x_min", low.constant}, {"x_max", high.constant}})};
  return {c.result("Maximum", {c.call("Minimum", {x, high}), low})};
}

/// The mean of whole numbers is one here, and a real one in Keras 3.
Results mean(FunctionCall& c) {
  const auto x = c.tensor("input_tensor");
  if (!is_floating(x.dtype())) c.refuse("whole numbers");
  return {c.result("Mean", {x}, {{"axis", c.json("axis")}, {"keepdims", c.flag("keepdims", false)}})};
}

/// Where both are given.
Results where_v1(FunctionCall& c) {
  const auto condition = c.tensor("condition");
  if (!c.has("x") || !c.has("y")) c.refuse("a condition alone");
  const auto x = c.operand("x"), y = c.operand("y");
  for (const auto* value : {&x, &y})
    if (value->tensor && value->tensor.shape().rank() != condition.shape().rank())
      c.refuse("a condition of another number of axes");
  return {c.result("Where", {condition, x, y})};
}

std::string named_type(FunctionCall& c, const char* name, const std::string& fallback) {
  const std::string dtype = c.text(name, fallback);
  for (const char* known : {"float32", "int32", "int64", "bool", "float16", "uint8", "int8"})
    if (dtype == known) return dtype;
  c.refuse("the type " + dtype);
}

Results like(FunctionCall& c) {
  const auto x = c.tensor("input");
  const char* operation = c.function() == "ones_like" ? "OnesLike" : "ZerosLike";
  const std::string dtype = named_type(c, "dtype", std::string(to_string(x.dtype())));
  if (dtype == to_string(x.dtype())) return {c.result(operation, {x})};
  return {c.result("Cast", {c.call(operation, {x})}, {{"dtype", dtype}})};
}

Results convert(FunctionCall& c) {
  const auto x = c.tensor("value");
  c.json("dtype_hint");  // for what has no type of its own
  const std::string dtype = named_type(c, "dtype", std::string(to_string(x.dtype())));
  if (dtype == to_string(x.dtype())) return {c.result("Copy", {x})};
  return {c.result("Cast", {x}, {{"dtype", dtype}})};
}

Results to_type(FunctionCall& c) {
  const auto x = c.tensor("x");
  const std::string& f = c.function();
  const char* dtype = f.ends_with("int32") ? "int32" : f.ends_with("int64") ? "int64" : "float32";
  return {c.result("Cast", {x}, {{"dtype", dtype}})};
}

Results saturate_cast(FunctionCall& c) {
  const auto x = c.tensor("value");
  return {c.result("SaturateCast", {x}, {{"dtype", named_type(c, "dtype", "")}})};
}

/// off + (on - off) where the index is.
Results one_hot(FunctionCall& c) {
  const auto x = c.tensor("indices");
  const std::int64_t depth = c.integer("depth"), axis = c.integer("axis", -1);
  const Json on = c.json("on_value"), off = c.json("off_value");
  const bool truth = on == true && (off.is_null() || off == false);
  const std::string dtype = named_type(c, "dtype", truth ? "bool" : "float32");
  const double high = on.is_number() ? on.get<double>() : 1, low = off.is_number() ? off.get<double>() : 0;
  if ((!truth && !on.is_null() && !on.is_number()) || (!off.is_null() && !off.is_number() && off != false))
    c.refuse(fmt::format("on_value={}, off_value={}", on.dump().substr(0, 100), off.dump().substr(0, 100)));
  const Json config = {{"num_classes", depth}, {"axis", -1}, {"dtype", dtype == "bool" ? "int32" : dtype}};
  if (axis != -1 && axis != x.shape().rank()) {
    if (dtype == "bool" || high != 1 || low != 0)
      c.refuse("another axis than the last, and other values than 1 and 0");
    return {c.result("Moveaxis", {c.call("OneHot", {x}, config)}, {{"source", -1}, {"destination", axis}})};
  }
  if (dtype == "bool") {
    if (high != 1 || low != 0) c.refuse("numbers for the type bool");
    return {c.result("Cast", {c.call("OneHot", {x}, config)}, {{"dtype", "bool"}})};
  }
  if (high == 1 && low == 0) return {c.result("OneHot", {x}, config)};
  if (dtype != "float32") c.refuse("on_value and off_value of the type " + dtype);
  const auto scaled = c.call("Multiply", {c.call("OneHot", {x}, config), Json(high - low)});
  return {c.result("Add", {scaled, Json(low)})};
}

Results sort(FunctionCall& c) {
  const auto x = c.tensor("values");
  const std::int64_t axis = c.integer("axis", -1);
  const std::string direction = c.text("direction", "ASCENDING");
  if (direction == "ASCENDING") return {c.result("Sort", {x}, {{"axis", axis}})};
  if (direction != "DESCENDING") c.refuse("direction=" + direction);
  return {c.result("Flip", {c.call("Sort", {x}, {{"axis", axis}})}, {{"axis", Json::array({axis})}})};
}

Results argsort(FunctionCall& c) {
  const auto x = c.tensor("values");
  const std::int64_t axis = c.integer("axis", -1);
  const std::string direction = c.text("direction", "ASCENDING");
  c.flag("stable", false);
  if (direction == "ASCENDING") return {c.result("Argsort", {x}, {{"axis", axis}})};
  if (direction != "DESCENDING" || !is_floating(x.dtype())) c.refuse("direction=" + direction);
  return {c.result("Argsort", {c.call("Negative", {x})}, {{"axis", axis}})};
}

Results count_nonzero(FunctionCall& c) {
  const auto x = c.tensor("input");
  const std::string dtype = named_type(c, "dtype", "int64");
  const auto one = c.call("Cast", {c.call("NotEqual", {x, Json(0)})}, {{"dtype", dtype}});
  return {c.result("Sum", {one}, {{"axis", c.json("axis")}, {"keepdims", c.flag("keepdims", false)}})};
}

Results zero_fraction(FunctionCall& c) {
  const auto x = c.tensor("value");
  const auto zero = c.cast(c.call("Equal", {x, Json(0.0)}), DType::float32);
  return {c.result("Mean", {zero}, {{"axis", nullptr}, {"keepdims", false}})};
}

Results reciprocal_no_nan(FunctionCall& c) { return {c.result("DivideNoNan", {Json(1.0), c.tensor("x")})}; }

/// x times a function of y, and 0 where x is, whatever y.
Results times(FunctionCall& c) {
  auto x = c.operand("x"), y = c.operand("y");
  const std::string& f = c.function();
  if (f == "math.multiply_no_nan") std::swap(x, y);
  if (!x.tensor || !is_floating(x.tensor.dtype())) c.refuse("a constant, or whole numbers");
  auto value = y;
  if (f == "math.xlog1py") value = c.call("Log1p", {y});
  if (f == "math.xlogy") value = c.call("Log", {y});
  const auto product = c.call(f == "math.xdivy" ? "TrueDivide" : "Multiply", {x, value});
  return {c.result("Where", {c.call("Equal", {x, Json(0.0)}), Json(0.0), product})};
}

SymbolicTensor length(FunctionCall& c, const SymbolicTensor& x, const Json& axes) {
  return c.call("Sqrt", {c.reduce("Sum", c.call("Square", {x}), axes, true)});
}

Results clip_by_norm(FunctionCall& c) {
  const auto t = c.tensor("t");
  const double norm = c.number("clip_norm", 0);
  const auto larger = c.call("Maximum", {length(c, t, c.json("axes")), Json(norm)});
  return {c.result("TrueDivide", {c.call("Multiply", {t, Json(norm)}), larger})};
}

Results normalize(FunctionCall& c) {
  const auto t = c.tensor("tensor");
  if (c.text("ord", "euclidean") != "euclidean") c.refuse("another norm than the euclidean");
  const auto norm = length(c, t, c.json("axis"));
  return {c.result("TrueDivide", {t, norm}), norm};
}

Results same(FunctionCall& c) {
  const std::string& f = c.function();
  const auto x = c.tensor(f == "math.real" ? "input" : f == "math.conj" ? "x" : "tensor");
  if (c.function() == "debugging.check_numerics") c.json("message");
  return {c.result("Copy", {x})};
}

Results copies(FunctionCall& c) {
  Results out;
  const auto list = c.tensors("input");
  for (std::size_t i = 0; i < list.size(); ++i)
    out.push_back(i == 0 ? c.result("Copy", {list[i]}) : c.call("Copy", {list[i]}));
  return out;
}

Results in_top_k(FunctionCall& c) {
  const auto predictions = c.tensor("predictions");
  return {c.result("InTopK", {c.tensor("targets"), predictions}, {{"k", c.integer("k")}})};
}

/// The coefficients of the highest power first.
Results polyval(FunctionCall& c) {
  const Json coefficients = c.json("coeffs");
  const auto x = c.tensor("x");
  if (!coefficients.is_array() || coefficients.size() < 2 ||
      !std::all_of(coefficients.begin(), coefficients.end(), [](const Json& n) { return n.is_number(); }))
    c.refuse("other coefficients than a list of at least two numbers");
  FunctionCall::Operand sum = coefficients[0];
  for (std::size_t i = 1; i < coefficients.size(); ++i) {
    const auto product = c.call("Multiply", {sum, x});
    sum = i + 1 < coefficients.size() ? c.call("Add", {product, coefficients[i]})
                                      : c.result("Add", {product, coefficients[i]});
  }
  return {sum.tensor};
}

}  // namespace

const detail::ExpansionTable& detail::array_expansions() {
  static const ExpansionTable table = {
      {"linalg.normalize", {"tensor", normalize}},
      {"compat.v1.where", {"condition", where_v1}},
      {"ones_like", {"input", like}},
      {"zeros_like", {"input", like}},
      {"convert_to_tensor", {"value", convert}},
      {"compat.v1.to_float", {"x", to_type}},
      {"compat.v1.to_int32", {"x", to_type}},
      {"compat.v1.to_int64", {"x", to_type}},
      {"dtypes.saturate_cast", {"value", saturate_cast}},
      {"one_hot", {"indices", one_hot}},
      {"clip_by_value", {"t", clip}},
      {"math.reduce_mean", {"input_tensor", mean}},
      {"sort", {"values", sort}},
      {"argsort", {"values", argsort}},
      {"math.count_nonzero", {"input", count_nonzero}},
      {"math.zero_fraction", {"value", zero_fraction}},
      {"nn.zero_fraction", {"value", zero_fraction}},
      {"math.reciprocal_no_nan", {"x", reciprocal_no_nan}},
      {"math.multiply_no_nan", {"x", times}},
      {"math.xdivy", {"x", times}},
      {"math.xlogy", {"x", times}},
      {"math.xlog1py", {"x", times}},
      {"math.polyval", {"coeffs", polyval}},
      {"math.real", {"input", same}},
      {"math.conj", {"x", same}},
      {"debugging.check_numerics", {"tensor", same}},
      {"identity_n", {"input", copies}},
      {"clip_by_norm", {"t", clip_by_norm}},
      {"compat.v1.math.in_top_k", {"predictions", in_top_k}},
  };
  return table;
}

}  // namespace rhyton
