#include "serialization/function_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/core/input_layer.hpp"
#include "nn/error.hpp"
#include "serialization/keras2_functions.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

using Kind = ShapeValue::Kind;

DType type_of_kind(Kind kind) {
  return kind == Kind::real ? DType::float32 : kind == Kind::whole ? DType::int32 : DType::boolean;
}

/// Arguments of tensors as numbers where they can be, in the terms of one call.
class Substitution {
 public:
  using Input = FunctionGraph::Input;
  template <class ToTensor>
  Substitution(const CallDescription& call, const std::vector<Input>& inputs, bool numbers_first,
               FunctionScope& scope, ToTensor to_tensor) {
    const auto put = [&](const Json& json, bool numbers, bool open, const auto& self) -> Json {
      if (json.is_object() && json.contains("$")) {
        const Input& input = inputs.at(json["$"].get<std::size_t>());
        const bool as_number = input.value && numbers &&
                               (input.value->known() ||
                                (open && input.value->shape.rank() < 2 && input.value->kind == Kind::whole));
        if (as_number) {
          scope.spend(input.value->numbers.size());
          return number(*input.value);
        }
        tensors_.push_back(input.value ? to_tensor(*input.value) : input.tensor);
        return {{"$", tensors_.size() - 1}};
      }
      Json out = json;
      if (json.is_structured())
        for (auto& [key, item] : out.items()) item = self(item, numbers, open, self);
      return out;
    };
    for (const Json& arg : call.args) args_.push_back(put(arg, numbers_first, numbers_first, put));
    for (const auto& [key, value] : call.kwargs.items()) {
      const bool shape =
          key == "shape" || key == "multiples" || key == "slice_spec" || key == "size" || key == "begin";
      kwargs_[key] = put(value, true, shape, put);
    }
  }

  const Json& args() const { return args_; }
  const Json& kwargs() const { return kwargs_; }
  const SymbolicTensors& tensors() const { return tensors_; }
  /// Numbers that the file leaves open: {"$open": i}.
  const std::vector<ShapeNumber>& open() const { return open_; }

 private:
  Json number(const ShapeValue& value) {
    if (value.known()) return value.json();
    Json list = Json::array();
    for (std::size_t i = 0; i < value.numbers.size(); ++i) {
      const ShapeNumber& n = value.numbers[i];
      if (n.known) {
        list.push_back(static_cast<std::int64_t>(n.value));
      } else {
        list.push_back({{"$open", open_.size()}});
        open_.push_back(n);
      }
    }
    return value.shape.rank() == 0 ? list[0] : list;
  }

  Json args_ = Json::array(), kwargs_ = Json::object();
  SymbolicTensors tensors_;
  std::vector<ShapeNumber> open_;
};

/// Whether the first argument may be a number: those of `x + y`, and shapes.
bool takes_numbers_first(const std::string& function) {
  for (const char* of_shapes : {"zeros", "ones", "fill", "tile", "broadcast_to", "where"})
    if (function == of_shapes) return true;
  const Keras2Function* known = find_keras2_function(function);
  return known && known->arguments.size() == 2 && known->arguments[1].first == std::string_view("y");
}

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

FunctionGraph::FunctionGraph(const GraphDescription& graph) {
  for (const auto& layer : graph.layers) scope_.names.insert(layer.name);
}

void FunctionGraph::number(const std::shared_ptr<const Node>& node) {
  // Divisible by whatever strides there are, and different from real sizes.
  constexpr Dim unit = 5040, batch = 11, first_free = 13;
  std::vector<Shape> shapes;
  if (node->inputs.empty()) {
    for (const TensorSpec& output : node->outputs) {
      Shape shape = output.shape;
      for (int i = 0; i < shape.rank(); ++i)
        if (shape[i] < 0) shape[i] = unit * (i == 0 ? batch : first_free + 2 * free_axes_++);
      shapes.push_back(shape);
    }
  } else {
    CallSpec spec = node->spec;
    bool known = true;
    for (std::size_t i = 0; i < node->inputs.size(); ++i) {
      const auto& given = numbered_.at(node->inputs[i].node());
      known = known && static_cast<std::size_t>(node->inputs[i].index()) < given.size();
      if (known) spec.inputs[i].shape = given[static_cast<std::size_t>(node->inputs[i].index())];
    }
    try {
      if (known)
        for (const TensorSpec& output : node->layer->compute_output_spec(spec))
          shapes.push_back(output.shape);
    } catch (const Error&) {
      shapes.clear();  // a shape that goes only with certain sizes
    }
  }
  numbered_[node] = std::move(shapes);
}

// With a stack of its own: a chain of layers may be longer than the machine's.
Shape FunctionGraph::numbered_shape(const SymbolicTensor& x) {
  std::vector<std::shared_ptr<const Node>> stack{x.node()};
  while (!stack.empty()) {
    const auto node = stack.back();
    const std::size_t before = stack.size();
    if (numbered_.count(node) == 0)
      for (const SymbolicTensor& input : node->inputs)
        if (numbered_.count(input.node()) == 0) stack.push_back(input.node());
    if (stack.size() > before) continue;
    if (numbered_.count(node) == 0) number(node);
    stack.pop_back();
  }
  const auto& shapes = numbered_.at(x.node());
  const auto i = static_cast<std::size_t>(x.index());
  return i < shapes.size() ? shapes[i] : Shape();
}

ShapeValue FunctionGraph::shape_of(const SymbolicTensor& x) {
  ShapeValue out{Kind::whole, Shape{x.shape().rank()}, {}};
  const Shape numbered = x.shape().is_known() ? x.shape() : numbered_shape(x);
  for (int i = 0; i < x.shape().rank(); ++i) {
    const double open = numbered.rank() == x.shape().rank() ? static_cast<double>(numbered[i])
                                                            : std::numeric_limits<double>::quiet_NaN();
    out.numbers.push_back(x.shape()[i] >= 0 ? ShapeNumber{static_cast<double>(x.shape()[i])}
                                            : ShapeNumber{open, false, x, i});
  }
  return out;
}

SymbolicTensor FunctionGraph::tensor_of(const ShapeValue& value, const std::string& layer,
                                        const std::string& function) {
  FunctionCall call({function, layer, Json::array(), Json::object(), {}}, "", scope_);
  SymbolicTensor out;
  if (value.known()) {
    scope_.spend(value.numbers.size());
    if (reference_.dtype() == DType::string) call.refuse("text as the model's first input");
    const DType dtype = value.kind == Kind::real ? DType::float32 : DType::int32;
    const auto zero = call.call("ZerosLike", {call.reduce("Sum", reference_, nullptr, false)});
    Json numbers = value.json();
    if (value.kind == Kind::truth) numbers = ShapeValue{Kind::whole, value.shape, value.numbers}.json();
    out = call.cast(call.call("Add", {call.cast(zero, dtype), numbers}), type_of_kind(value.kind));
  } else {
    const ShapeNumber& n = value.numbers.at(0);
    if (value.shape.rank() != 0 || !n.of || n.axis != 0 || n.of.dtype() == DType::string)
      call.refuse("numbers that are known only when the model runs");
    SymbolicTensor rows = n.of;
    Json axes = Json::array();
    for (int i = 1; i < rows.shape().rank(); ++i) axes.push_back(i);
    if (!axes.empty()) rows = call.reduce("Sum", rows, axes, false);
    out = call.reduce("Sum", call.cast(call.call("OnesLike", {rows}), type_of_kind(value.kind)), nullptr,
                      false);
  }
  layers_.insert(layers_.end(), call.layers().begin(), call.layers().end());
  return out;
}

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
      call.refuse("the type " + dtype + " or the value " + value.dump().substr(0, 100));
    if (dtype == "int32") value = value.get<std::int64_t>();
    const auto zeros = batch_of_zeros(call, batch, rank, dtype == "int32" ? DType::int32 : DType::float32);
    return {call.result("Add", {zeros, filled(sizes, 0, value)})};
  }
  const auto x = call.operand("input");
  const auto numbers = x.tensor ? ShapeValue() : shape_value(call.json("input"), {});
  if (!numbers) call.refuse("such a constant");
  const ShapeValue& constant = *numbers;
  const Shape of_x = x.tensor ? x.tensor.shape() : constant.shape;
  const DType dtype = x.tensor ? x.tensor.dtype() : type_of_kind(constant.kind);
  if (dtype == DType::boolean || dtype == DType::string || of_x.rank() > rank ||
      (tile && (of_x.rank() != rank || of_x[0] != 1)))
    call.refuse("repeating a tensor of shape " + to_string(of_x) + " and type " +
                std::string(to_string(dtype)) + " as often as the batch is large");
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

FunctionGraph::Made FunctionGraph::call(const LayerDescription& layer, const CallDescription& call,
                                        const std::vector<Input>& inputs) {
  static const Json itself = Json::array({Json::object({{"$", 0}})});
  const std::string function = keras2_function_name(layer);
  const bool whole_shape = function == "compat.v1.shape" || function == "shape",
             size = function == "compat.v1.size" || function == "size", rank = function == "rank";
  if ((whole_shape || size || rank) && call.inputs.size() == 1 && call.args == itself) {
    for (const auto& [key, value] : call.kwargs.items())
      if (key != "out_type" && !is_idle_argument(key, value))
        throw NotSupported("the operation tf." + function + " ('" + layer.name + "') with the argument " +
                           key + "=" + value.dump().substr(0, 100));
    ShapeValue shape;
    if (inputs[0].value) {
      for (const Dim d : inputs[0].value->shape) shape.numbers.push_back({static_cast<double>(d)});
      shape.shape = Shape{inputs[0].value->shape.rank()};
    } else {
      shape = shape_of(inputs[0].tensor);
    }
    if (rank) return {{}, {{Kind::whole, Shape{}, {{static_cast<double>(shape.numbers.size())}}}}};
    if (size) return {{}, *shape_function("math.reduce_prod", itself, Json::object(), {&shape})};
    return {{}, {shape}};
  }
  std::vector<const ShapeValue*> values;
  for (const Input& input : inputs) values.push_back(input.value);
  const bool all_values = std::find(values.begin(), values.end(), nullptr) == values.end();
  if (all_values)
    if (auto made = shape_function(function, call.args, call.kwargs, values)) {
      for (const ShapeValue& value : *made) scope_.spend(value.numbers.size());
      return {{}, std::move(*made)};
    }

  const Substitution said(call, inputs, takes_numbers_first(function), scope_,
                          [&](const ShapeValue& value) { return tensor_of(value, layer.name, function); });
  const ExpandedFunction* expanded = find_expanded_function(function);
  if (expanded || !said.open().empty()) {
    const Keras2Function* renamed = find_keras2_function(function);
    const char* first = expanded              ? expanded->first
                        : function == "zeros" ? "shape"
                        : function == "ones"  ? "shape"
                        : function == "fill"  ? "dims"
                        : renamed != nullptr  ? renamed->arguments[0].first
                                              : "";
    FunctionCall made({function, layer.name, said.args(), said.kwargs(), said.tensors()}, first, scope_);
    const SymbolicTensors out = said.open().empty() ? expanded->expand(made) : open_call(made, said.open());
    made.finish();
    layers_.insert(layers_.end(), made.layers().begin(), made.layers().end());
    return {out, {}};
  }
  if (said.tensors().empty() || !find_keras2_function(function))
    throw NotSupported("the operation tf." + function + " ('" + layer.name +
                       "') of numbers that come of shapes");
  CallDescription plain = call;
  plain.args = said.args();
  plain.kwargs = said.kwargs();
  SymbolicTensors tensors = said.tensors();
  const Keras2Function* renamed = find_keras2_function(function);
  const bool conv = renamed->operation == std::string_view("Conv") ||
                    renamed->operation == std::string_view("DepthwiseConv");
  if (conv && plain.args == itself && plain.kwargs.value("padding", Json()).is_array()) {
    // Edges that are given one by one.
    FunctionCall edges({function, layer.name, said.args(), said.kwargs(), tensors},
                       renamed->arguments[0].first, scope_);
    tensors[0] =
        edges.call("Pad", {tensors[0]}, {{"pad_width", edges.widths("padding")}, {"mode", "constant"}});
    plain.kwargs["padding"] = "VALID";
    layers_.insert(layers_.end(), edges.layers().begin(), edges.layers().end());
  }
  const std::shared_ptr<Layer> operation = make_operation(operation_call(layer, plain));
  layers_.push_back(operation);
  std::vector<std::string> roles(tensors.size());
  return {call_layer(LayerRef(operation), std::move(tensors), std::move(roles), {}).outputs(), {}};
}

}  // namespace rhyton
