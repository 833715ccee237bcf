// Functions of TensorFlow on sizes that a file leaves open, most often the batch's.
#include <fmt/format.h>

#include <algorithm>

#include "nn/error.hpp"
#include "serialization/function_graph.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

Json filled(const std::vector<std::int64_t>& shape, std::size_t axis, const Json& value) {
  if (axis == shape.size()) return value;
  return Json(static_cast<std::size_t>(shape[axis]), filled(shape, axis + 1, value));
}

/// A shape whose first size alone is open, with 1 in its place.
std::vector<std::int64_t> after_batch(const FunctionCall& call, const Json& shape) {
  std::vector<std::int64_t> out{1};
  double size = 1;
  constexpr double largest = 1'000'000;
  if (shape.size() > static_cast<std::size_t>(Shape::max_rank)) call.refuse("so many axes");
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (!shape[i].is_number_integer() || shape[i].get<std::int64_t>() < 1)
      call.refuse("sizes behind the batch's that are known only when the model runs");
    out.push_back(shape[i].get<std::int64_t>());
    size *= static_cast<double>(out.back());
    if (size > largest) call.refuse("so large a constant");
  }
  if (!shape.is_array() || shape.empty() || !shape[0].is_object())
    call.refuse("a shape whose batch is not the first size");
  call.spend(1, static_cast<Dim>(size));
  return out;
}

}  // namespace

SymbolicTensor FunctionGraph::batch_of_zeros(FunctionCall& call, const ShapeNumber& batch, int rank,
                                             DType dtype) {
  if (!batch.of || batch.axis != 0 || batch.of.dtype() == DType::string)
    call.refuse("sizes that are known only when the model runs");
  Json axes = Json::array(), shape = Json::array({-1});
  for (int i = 1; i < batch.of.shape().rank(); ++i) axes.push_back(i);
  for (int i = 1; i < rank; ++i) shape.push_back(1);
  const auto rows = axes.empty() ? batch.of : call.reduce("Sum", batch.of, axes, false);
  const auto zeros = call.cast(call.call("ZerosLike", {rows}), dtype);
  return rank == 1 ? zeros : call.call("Reshape", {zeros}, {{"newshape", shape}});
}

/// 0, 1, 2, ... along an axis whose size is open: ones, added up.
SymbolicTensor FunctionGraph::open_range(FunctionCall& call, const ShapeNumber& length) {
  const std::string dtype = call.text("dtype", "int32");
  if (!length.of || length.of.dtype() == DType::string || (dtype != "int32" && dtype != "float32"))
    call.refuse("numbers that are known only when the model runs");
  SymbolicTensor row = length.of;
  Json axes = Json::array();
  for (int i = 0; i < row.shape().rank(); ++i)
    if (i != length.axis) axes.push_back(i);
  if (!axes.empty()) row = call.reduce("Sum", row, axes, false);
  const auto ones = call.cast(call.call("OnesLike", {row}), dtype_from_string(dtype));
  const auto numbers = call.call("Cumsum", {ones}, {{"axis", 0}});
  return call.result("Subtract", {numbers, dtype == "int32" ? Json(1) : Json(1.0)});
}

/// One size may be inferred in Keras 3: a second one is worked out, or kept by the layer, which leaves the
/// batch alone.
SymbolicTensor FunctionGraph::open_reshape(FunctionCall& call, const std::vector<ShapeNumber>& open) {
  const SymbolicTensor x = call.tensor("tensor");
  Json shape = call.json("shape");
  if (!shape.is_array()) call.refuse("a shape that is known only when the model runs");
  const Shape numbered = numbered_shape(x);
  const bool numbers = numbered.rank() == x.shape().rank() && x.shape().rank() > 0;
  Dim known = 1, free = -1, inferred = -1;
  int opens = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].is_object()) {
      ++opens;
      free = free < 0 ? static_cast<Dim>(i) : free;
    } else if (!shape[i].is_number_integer() || shape[i].get<Dim>() < -1) {
      call.refuse("shape=" + shape.dump().substr(0, 100));
    } else if (shape[i] == -1) {
      inferred = static_cast<Dim>(i);
    } else if (__builtin_mul_overflow(known, shape[i].get<Dim>(), &known)) {
      call.refuse("shape=" + shape.dump().substr(0, 100));
    }
  }
  const auto number_of = [&](Dim i) {
    return open[shape[static_cast<std::size_t>(i)]["$open"].get<std::size_t>()].value;
  };
  if (opens == 1 && inferred >= 0 && numbers && known > 0) {
    // The open sizes of x are those of the new shape: what is inferred is known.
    double open_size = 1;
    Dim size = 1;
    for (int i = 0; i < x.shape().rank(); ++i) {
      if (x.shape()[i] < 0) {
        open_size *= static_cast<double>(numbered[i]);
      } else {
        size *= x.shape()[i];
      }
    }
    if (open_size == number_of(free) && size > 0 && size % known == 0) {
      shape[static_cast<std::size_t>(inferred)] = size / known;
      inferred = -1;
    }
  }
  if (opens == 1 && inferred < 0) {
    shape[static_cast<std::size_t>(free)] = -1;
    return call.result("Reshape", {x}, {{"newshape", shape}});
  }
  const bool keeps_batch = free == 0 && numbers && x.shape()[0] < 0 && shape.size() > 1 &&
                           number_of(0) == static_cast<double>(numbered[0]) && !x.mask_shape();
  if (!keeps_batch || opens + (inferred >= 0 ? 1 : 0) > 2)
    call.refuse("more than one size that is known only when the model runs");
  Json target = Json::array();
  for (std::size_t i = 1; i < shape.size(); ++i) target.push_back(shape[i].is_object() ? Json(-1) : shape[i]);
  return call.layer("Reshape", x, {{"target_shape", target}});
}

/// Functions of shapes whose batch is open: constants are repeated by adding zeros of that many rows.
SymbolicTensors FunctionGraph::open_call(FunctionCall& call, const std::vector<ShapeNumber>& open) {
  const std::string& function = call.function();
  if (function == "reshape") return {open_reshape(call, open)};
  const bool tile = function == "tile", broadcast = function == "broadcast_to", fill = function == "fill";
  if (!tile && !broadcast && !fill && function != "zeros" && function != "ones")
    call.refuse("sizes that are known only when the model runs");
  Json shape = call.json(tile ? "multiples" : fill ? "dims" : "shape");
  const auto sizes = after_batch(call, shape);
  const ShapeNumber& batch = open[shape[0]["$open"].get<std::size_t>()];
  const int rank = static_cast<int>(sizes.size());
  if (!tile && !broadcast) {
    Json value = fill ? call.json("value") : function == "ones" ? Json(1.0) : Json(0.0);
    const std::string dtype = call.text("dtype", fill && value.is_number_integer() ? "int32" : "float32");
    if (!value.is_number() || (dtype != "float32" && dtype != "int32"))
      call.refuse(fmt::format("the type {} or the value {}", dtype, value.dump().substr(0, 100)));
    if (dtype == "int32") value = value.get<std::int64_t>();
    const auto zeros = batch_of_zeros(call, batch, rank, dtype == "int32" ? DType::int32 : DType::float32);
    return {call.result("Add", {zeros, filled(sizes, 0, value)})};
  }
  const auto x = call.operand("input");
  const auto numbers = x.tensor ? ShapeValue() : shape_value(call.json("input"), {});
  if (!numbers) call.refuse("such a constant");
  const ShapeValue& constant = *numbers;
  const Shape of_x = x.tensor ? x.tensor.shape() : constant.shape;
  const DType dtype = x.tensor ? x.tensor.dtype() : value_type(constant.kind);
  if (dtype == DType::boolean || dtype == DType::string || of_x.rank() > rank ||
      (tile && (of_x.rank() != rank || of_x[0] != 1)))
    call.refuse(fmt::format("repeating a tensor of shape {} and type {} as often as the batch is large",
                            to_string(of_x), to_string(dtype)));
  const auto zeros = batch_of_zeros(call, batch, rank, dtype);
  const bool plain = std::all_of(sizes.begin(), sizes.end(), [](std::int64_t n) { return n == 1; });
  if (broadcast) {
    const Json number = is_floating(dtype) ? Json(0.0) : Json(0);
    const auto all = plain ? zeros : call.call("Add", {zeros, filled(sizes, 0, number)});
    return {call.result("Add", {all, x})};
  }
  if (plain) return {call.result("Add", {zeros, x})};
  return {call.result("Tile", {call.call("Add", {zeros, x})}, {{"repeats", sizes}})};
}

}  // namespace rhyton
