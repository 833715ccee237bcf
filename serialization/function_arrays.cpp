// Functions of TensorFlow on arrays that take several operations of Keras 3, or one with other arguments.
#include <algorithm>
#include <cmath>

#include "serialization/function_call.hpp"

namespace rhyton {

namespace {

using Results = SymbolicTensors;

/// The lower and upper bounds are numbers of diagonals; negative: all of them.
Results band_part(FunctionCall& c) {
  const auto x = c.tensor("input");
  const std::int64_t lower = c.integer("num_lower"), upper = c.integer("num_upper");
  if (lower < 0 && upper < 0) return {c.result("Copy", {x})};
  if (lower < 0) return {c.result("Tril", {x}, {{"k", upper}})};
  if (upper < 0) return {c.result("Triu", {x}, {{"k", -lower}})};
  return {c.result("Tril", {c.call("Triu", {x}, {{"k", -lower}})}, {{"k", upper}})};
}

/// True on the diagonal of a square matrix.
Json diagonal_mask(const FunctionCall& c, Dim size) {
  constexpr Dim largest = 2048;
  if (size > largest) c.refuse("so large a matrix");
  Json rows = Json::array();
  for (Dim i = 0; i < size; ++i) {
    Json row(static_cast<std::size_t>(size), Json(false));
    row[static_cast<std::size_t>(i)] = true;
    rows.push_back(std::move(row));
  }
  return rows;
}

Results diag(FunctionCall& c) {
  const auto x = c.tensor("diagonal");
  if (c.integer("k", 0) != 0 || c.integer("num_rows", -1) != -1 || c.integer("num_cols", -1) != -1 ||
      c.number("padding_value", 0) != 0 || c.text("align", "RIGHT_LEFT") != "RIGHT_LEFT")
    c.refuse("another diagonal than the main one, or another filling");
  if (x.dtype() != DType::float32) c.refuse("another type than float32");
  const Json mask = diagonal_mask(c, c.size(x, -1));
  return {c.result("Where", {mask, c.call("ExpandDims", {x}, {{"axis", -1}}), Json(0.0)})};
}

Results set_diag(FunctionCall& c) {
  const auto x = c.tensor("input"), diagonal = c.tensor("diagonal");
  if (c.integer("k", 0) != 0 || c.text("align", "RIGHT_LEFT") != "RIGHT_LEFT" || x.shape().rank() < 2 ||
      c.size(x, -1) != c.size(x, -2))
    c.refuse("another diagonal than the main one of square matrices");
  const Json mask = diagonal_mask(c, c.size(x, -1));
  return {c.result("Where", {mask, c.call("ExpandDims", {diagonal}, {{"axis", -1}}), x})};
}

/// x[begin:end:strides] along the first axes; bits of the masks say where a bound does not count, and where
/// an axis goes away.
Results strided_slice(FunctionCall& c) {
  const auto x = c.tensor("input_");
  const auto begin = c.integers("begin"), end = c.integers("end");
  const auto strides = c.has("strides") ? c.integers("strides") : std::vector<std::int64_t>(begin.size(), 1);
  const std::int64_t begin_mask = c.integer("begin_mask", 0), end_mask = c.integer("end_mask", 0),
                     shrink = c.integer("shrink_axis_mask", 0);
  if (c.integer("ellipsis_mask", 0) != 0 || c.integer("new_axis_mask", 0) != 0)
    c.refuse("an ellipsis_mask or a new_axis_mask");
  if (begin.size() != end.size() || begin.size() != strides.size() || begin.size() > 8)
    c.refuse("bounds and strides of several lengths");
  Json key = Json::array();
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const auto bit = [&](std::int64_t mask) { return ((mask >> i) & 1) != 0; };
    if (bit(shrink)) {
      key.push_back(begin[i]);
      continue;
    }
    key.push_back({{"class_name", "__slice__"},
                   {"config",
                    {{"start", bit(begin_mask) ? Json() : Json(begin[i])},
                     {"stop", bit(end_mask) ? Json() : Json(end[i])},
                     {"step", strides[i]}}}});
  }
  return {c.result("GetItem", {x, FunctionCall::Operand(key)})};
}

/// tf.gather: as of a table, or for each cell of the first `batch_dims` axes with indices of its own.
Results gather(FunctionCall& c) {
  const auto x = c.tensor("params");
  c.json("validate_indices");
  const auto batch = static_cast<int>(c.integer("batch_dims", 0));
  const auto axis = static_cast<int>(c.integer("axis", batch));
  const auto index = c.operand("indices");
  if (batch == 0) return {c.result("Take", {x, index.tensor ? index : c.json("indices")}, {{"axis", axis}})};
  const int rank = x.shape().rank(), at = axis < 0 ? axis + rank : axis;
  if (!index.tensor) c.refuse("indices that are constants, and batch_dims");
  const SymbolicTensor& i = index.tensor;
  const int many = i.shape().rank() - batch;
  if (batch < 0 || at < batch || at >= rank || many < 0) c.refuse("batch_dims=" + std::to_string(batch));
  // One row of indices in the place of the axis, for all cells before and behind it.
  Json row = Json::array(), whole = Json::array();
  int open = 0;
  const auto put = [&](Json& shape, Dim d) {
    open += d < 0 && &shape == &row ? 1 : 0;
    shape.push_back(d);
  };
  Dim length = 1;
  for (int k = batch; k < i.shape().rank(); ++k)
    if (__builtin_mul_overflow(length, many == 1 ? 1 : c.size(i, k), &length)) c.refuse("so many indices");
  for (int k = 0; k < rank; ++k)
    put(row, k < batch ? i.shape()[k] : k != at ? 1 : many == 1 ? i.shape()[batch] : length);
  if (open > 1) c.refuse("indices of which more than one size is open");
  const auto lifted = c.call("Reshape", {i}, {{"newshape", row}});
  if (many == 1) return {c.result("TakeAlongAxis", {x, lifted}, {{"axis", at}})};
  const auto taken = c.call("TakeAlongAxis", {x, lifted}, {{"axis", at}});
  for (int k = 0; k < at; ++k) put(whole, k == 0 ? -1 : c.size(x, k));
  for (int k = batch; k < i.shape().rank(); ++k) put(whole, c.size(i, k));
  for (int k = at + 1; k < rank; ++k) put(whole, c.size(x, k));
  return {c.result("Reshape", {taken}, {{"newshape", whole}})};
}

std::vector<int> axes_of(FunctionCall& c) {
  std::vector<int> out;
  for (const std::int64_t axis : c.integers("axis")) {
    if (axis < -8 || axis > 7) c.refuse("axis=" + std::to_string(axis));
    out.push_back(static_cast<int>(axis));
  }
  return out;
}

Results roll(FunctionCall& c) {
  auto x = c.tensor("input");
  const auto shifts = c.integers("shift");
  const auto axes = axes_of(c);
  if (shifts.size() != axes.size() || axes.empty()) c.refuse("shifts and axes of several lengths");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const Json config = {{"shift", shifts[i]}, {"axis", axes[i]}};
    x = i + 1 < axes.size() ? c.call("Roll", {x}, config) : c.result("Roll", {x}, config);
  }
  return {x};
}

/// One number of times for all, or one for each.
Results repeat(FunctionCall& c) {
  const auto x = c.tensor("input");
  if (!c.has("axis")) c.refuse("no axis");
  const std::int64_t axis = c.integer("axis");
  const auto repeats = c.integers("repeats");
  if (repeats.size() == 1 && !c.json("repeats").is_array())
    return {c.result("Repeat", {x}, {{"repeats", repeats[0]}, {"axis", axis}})};
  Json rows = Json::array();
  constexpr std::size_t longest = 1'000'000;
  for (std::size_t i = 0; i < repeats.size(); ++i)
    for (std::int64_t k = 0; k < repeats[i]; ++k) {
      if (rows.size() == longest) c.refuse("so many repeats");
      rows.push_back(i);
    }
  const bool fits = axis >= -x.shape().rank() && axis < x.shape().rank();
  if (!fits || c.size(x, static_cast<int>(axis)) != static_cast<Dim>(repeats.size()) || rows.empty())
    c.refuse("repeats that do not fit the axis");
  return {c.result("Take", {x, rows}, {{"axis", axis}})};
}

/// One size among those of the parts may be left open.
Results split(FunctionCall& c) {
  const auto x = c.tensor("value");
  const auto axis = static_cast<int>(c.integer("axis", 0));
  if (axis < -x.shape().rank() || axis >= x.shape().rank()) c.refuse("axis=" + std::to_string(axis));
  if (c.json("num").is_number()) c.integer("num");
  Json parts = c.json("num_or_size_splits");
  if (parts.is_array()) {
    std::int64_t sum = 0, cut = 0;
    for (const std::int64_t size : c.integers("num_or_size_splits"))
      if (size < -1 || size > INT32_MAX || __builtin_add_overflow(sum, std::max<std::int64_t>(size, 0), &sum))
        c.refuse("num_or_size_splits=" + parts.dump().substr(0, 100));
    Json cuts = Json::array();
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto size = parts[i].get<std::int64_t>();
      cuts.push_back(cut += size < 0 ? c.size(x, axis) - sum : size);
    }
    parts = cuts;
  } else if (!parts.is_number_integer()) {
    c.refuse("num_or_size_splits=" + parts.dump().substr(0, 100));
  }
  return c.result("Split", {x}, {{"indices_or_sections", parts}, {"axis", axis}}).outputs();
}

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

/// With a mask that the file knows: rows of one axis.
Results boolean_mask(FunctionCall& c) {
  const auto x = c.tensor("tensor");
  const Json mask = c.json("mask");
  const std::int64_t axis = c.integer("axis", 0);
  Json rows = Json::array();
  if (!mask.is_array()) c.refuse("a mask that is known only when the model runs");
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (!mask[i].is_boolean()) c.refuse("a mask of several axes");
    if (mask[i].get<bool>()) rows.push_back(i);
  }
  if (rows.empty()) c.refuse("a mask that leaves nothing");
  return {c.result("Take", {x, rows}, {{"axis", axis}})};
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
    c.refuse("on_value=" + on.dump().substr(0, 100) + ", off_value=" + off.dump().substr(0, 100));
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
  const auto x = c.tensor(c.function() == "math.real"         ? "input"
                          : c.function() == "math.conj"       ? "x"
                          : c.function() == "compat.v1.Print" ? "input_"
                                                              : "tensor");
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

Results batch_flatten(FunctionCall& c) {
  const auto x = c.tensor("x");
  Dim size = 1;
  for (int i = 1; i < x.shape().rank(); ++i)
    if (__builtin_mul_overflow(size, c.size(x, i), &size)) c.refuse("so large a tensor");
  return {c.result("Reshape", {x}, {{"newshape", {-1, size}}})};
}

/// Rows by a number of each, of constants.
Results segment_sum(FunctionCall& c) {
  const auto x = c.tensor("data");
  const auto ids = c.operand("segment_ids");
  return {c.result("SegmentSum", {x, ids}, {{"num_segments", c.integer("num_segments")}, {"sorted", false}})};
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
      {"linalg.band_part", {"input", band_part}},
      {"linalg.diag", {"diagonal", diag}},
      {"linalg.set_diag", {"input", set_diag}},
      {"linalg.normalize", {"tensor", normalize}},
      {"strided_slice", {"input_", strided_slice}},
      {"compat.v1.strided_slice", {"input_", strided_slice}},
      {"compat.v1.boolean_mask", {"tensor", boolean_mask}},
      {"boolean_mask", {"tensor", boolean_mask}},
      {"compat.v1.where", {"condition", where_v1}},
      {"ones_like", {"input", like}},
      {"zeros_like", {"input", like}},
      {"convert_to_tensor", {"value", convert}},
      {"compat.v1.to_float", {"x", to_type}},
      {"compat.v1.to_int32", {"x", to_type}},
      {"compat.v1.to_int64", {"x", to_type}},
      {"dtypes.saturate_cast", {"value", saturate_cast}},
      {"one_hot", {"indices", one_hot}},
      {"roll", {"input", roll}},
      {"repeat", {"input", repeat}},
      {"split", {"value", split}},
      {"clip_by_value", {"t", clip}},
      {"math.reduce_mean", {"input_tensor", mean}},
      {"compat.v1.gather", {"params", gather}},
      {"gather", {"params", gather}},
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
      {"keras.backend.batch_flatten", {"x", batch_flatten}},
      {"math.unsorted_segment_sum", {"data", segment_sum}},
      {"compat.v1.math.in_top_k", {"predictions", in_top_k}},
  };
  return table;
}

}  // namespace rhyton
