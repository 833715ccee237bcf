#include "serialization/function_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/core/input_layer.hpp"
#include "nn/name_lists.hpp"
#include "nn/raise.hpp"
#include "serialization/keras2_functions.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

using Kind = ShapeValue::Kind;

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
  if (!known) return false;
  const auto arguments = pairs_in(known->arguments);
  return arguments.size() == 2 && arguments[1].first == "y";
}

/// Of tf.range(n) and tf.range(0, n, 1) the n, if it is an open size; else null.
const ShapeNumber* open_length(const CallDescription& call, const std::vector<const ShapeValue*>& values) {
  const Json limit = call.kwargs.value("limit", Json()), delta = call.kwargs.value("delta", Json());
  if (call.args.size() != 1 || (!delta.is_null() && delta != 1) || (!limit.is_null() && call.args[0] != 0))
    return nullptr;
  const Json& length = limit.is_null() ? call.args[0] : limit;
  if (!length.is_object() || values.size() != 1 || !values[0] || values[0]->shape.rank() != 0) return nullptr;
  const ShapeNumber& number = values[0]->numbers[0];
  return number.known || !number.of ? nullptr : &number;
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

void FunctionGraph::keep(const FunctionCall& call) {
  layers_.insert(layers_.end(), call.layers().begin(), call.layers().end());
}

SymbolicTensor FunctionGraph::tensor_of(const ShapeValue& value, const std::string& layer,
                                        const std::string& function) {
  FunctionCall call({function, layer, Json::array(), Json::object(), {}}, "", scope_);
  SymbolicTensor out;
  if (value.known()) {
    scope_.spend(value.numbers.size());
    if (!reference_) call.refuse("numbers alone, in a model without inputs");
    if (reference_.dtype() == DType::string) call.refuse("text as the model's first input");
    const DType dtype = value.kind == Kind::real ? DType::float32 : DType::int32;
    Json numbers = value.json();
    if (value.kind == Kind::truth) numbers = ShapeValue{Kind::whole, value.shape, value.numbers}.json();
    out = call.cast(call.call("Add", {call.zero(dtype, reference_), numbers}), value_type(value.kind));
  } else {
    const ShapeNumber& n = value.numbers.at(0);
    if (value.shape.rank() != 0 || !n.of || n.axis != 0 || n.of.dtype() == DType::string)
      call.refuse("numbers that are known only when the model runs");
    SymbolicTensor rows = n.of;
    Json axes = Json::array();
    for (int i = 1; i < rows.shape().rank(); ++i) axes.push_back(i);
    if (!axes.empty()) rows = call.reduce("Sum", rows, axes, false);
    out =
        call.reduce("Sum", call.cast(call.call("OnesLike", {rows}), value_type(value.kind)), nullptr, false);
  }
  keep(call);
  return out;
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
        raise<NotSupported>("the operation tf.{} ('{}') with the argument {}={}", function, layer.name, key,
                            value.dump().substr(0, 100));
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

  if (const ShapeNumber* length = function == "range" ? open_length(call, values) : nullptr) {
    FunctionCall range({function, layer.name, Json::array(), call.kwargs, {}}, "", scope_);
    for (const char* told : {"limit", "delta"}) range.json(told);
    const SymbolicTensor out = open_range(range, *length);
    range.finish();
    keep(range);
    return {{out}, {}};
  }
  const Substitution said(call, inputs, takes_numbers_first(function), scope_,
                          [&](const ShapeValue& value) { return tensor_of(value, layer.name, function); });
  const ExpandedFunction* expanded = find_expanded_function(function);
  const Keras2Function* renamed = find_keras2_function(function);
  const std::string first = expanded              ? expanded->first
                            : function == "zeros" ? "shape"
                            : function == "ones"  ? "shape"
                            : function == "fill"  ? "dims"
                            : renamed != nullptr  ? pairs_in(renamed->arguments)[0].first
                                                  : "";
  if (expanded || !said.open().empty()) {
    FunctionCall made({function, layer.name, said.args(), said.kwargs(), said.tensors()}, first, scope_);
    const SymbolicTensors out = said.open().empty() ? expanded->expand(made) : open_call(made, said.open());
    made.finish();
    keep(made);
    return {out, {}};
  }
  CallDescription plain = call;
  plain.args = said.args();
  plain.kwargs = said.kwargs();
  SymbolicTensors tensors = said.tensors();
  if (renamed && tensors.empty() && reference_ && plain.args.size() == 1 && plain.args[0].is_array()) {
    FunctionCall constant({function, layer.name, {}, {}, {}}, "", scope_);
    tensors = {constant.constant(plain.args[0], reference_)};
    plain.args = itself;
    keep(constant);
  }
  if (!renamed || tensors.empty())
    raise<NotSupported>("the operation tf.{} ('{}') of numbers that come of shapes", function, layer.name);
  const bool conv = renamed->operation == std::string_view("Conv") ||
                    renamed->operation == std::string_view("DepthwiseConv");
  if (conv && plain.args == itself && plain.kwargs.value("padding", Json()).is_array()) {
    // Edges that are given one by one.
    FunctionCall edges({function, layer.name, plain.args, plain.kwargs, tensors}, first, scope_);
    tensors[0] =
        edges.call("Pad", {tensors[0]}, {{"pad_width", edges.widths("padding")}, {"mode", "constant"}});
    plain.kwargs["padding"] = "VALID";
    keep(edges);
  }
  const std::shared_ptr<Layer> operation = make_operation(operation_call(layer, plain));
  layers_.push_back(operation);
  std::vector<std::string> roles(tensors.size());
  return {call_layer(LayerRef(operation), std::move(tensors), std::move(roles), {}).outputs(), {}};
}

}  // namespace rhyton
