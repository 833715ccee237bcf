// Functions of TensorFlow that move or choose elements, in operations of Keras 3.
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
  c.spend(size, size);
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
  c.json("validate_indices");
  const bool table = c.json("params").is_array();
  if (table && c.json("indices").is_array()) c.refuse("constants alone");
  const auto x = table ? c.constant(c.json("params"), c.tensor("indices")) : c.tensor("params");
  const auto batch = c.axis("batch_dims", 0);
  const auto axis = c.axis("axis", batch);
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
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    c.spend(1, repeats[i]);
    for (std::int64_t k = 0; k < repeats[i]; ++k) rows.push_back(i);
  }
  const bool fits = axis >= -x.shape().rank() && axis < x.shape().rank();
  if (!fits || c.size(x, static_cast<int>(axis)) != static_cast<Dim>(repeats.size()) || rows.empty())
    c.refuse("repeats that do not fit the axis");
  return {c.result("Take", {x, rows}, {{"axis", axis}})};
}

/// One size among those of the parts may be left open.
Results split(FunctionCall& c) {
  const auto x = c.tensor("value");
  const auto axis = c.axis("axis", 0);
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

}  // namespace

const detail::ExpansionTable& detail::movement_expansions() {
  static const ExpansionTable table = {
      {"linalg.band_part", {"input", band_part}},
      {"linalg.diag", {"diagonal", diag}},
      {"linalg.set_diag", {"input", set_diag}},
      {"strided_slice", {"input_", strided_slice}},
      {"compat.v1.strided_slice", {"input_", strided_slice}},
      {"compat.v1.boolean_mask", {"tensor", boolean_mask}},
      {"boolean_mask", {"tensor", boolean_mask}},
      {"roll", {"input", roll}},
      {"repeat", {"input", repeat}},
      {"split", {"value", split}},
      {"compat.v1.gather", {"params", gather}},
      {"gather", {"params", gather}},
      {"keras.backend.batch_flatten", {"x", batch_flatten}},
      {"math.unsorted_segment_sum", {"data", segment_sum}},
  };
  return table;
}

}  // namespace rhyton
