#include "layers/operations/ops.hpp"

#include "layers/operations/composition.hpp"
#include "layers/operations/constant.hpp"

namespace rhyton::ops {

namespace {

using detail::call_operation;

// The modules in which Keras looks for the classes.
constexpr const char *numpy = "keras.src.ops.numpy", *nn = "keras.src.ops.nn", *math = "keras.src.ops.math",
                     *core = "keras.src.ops.core";

detail::Operand operand(const Operand& x) {
  return x.constant() ? detail::Operand(*x.constant()) : detail::Operand(x.tensor());
}

SymbolicTensor call(const char* module, const char* operation, std::span<const Operand> operands, Json config,
                    Json keywords) {
  std::vector<detail::Operand> arguments;
  for (const Operand& x : operands) arguments.push_back(operand(x));
  return call_operation({operation, module, "", std::make_shared<const Json>(std::move(config)), nullptr,
                         std::make_shared<const Json>(std::move(keywords))},
                        arguments);
}
SymbolicTensor call(const char* module, const char* operation, std::initializer_list<Operand> operands,
                    Json config, Json keywords = Json::object()) {
  return call(module, operation, std::span(operands), std::move(config), std::move(keywords));
}
SymbolicTensor call(const char* module, const char* operation, std::initializer_list<Operand> operands) {
  return call(module, operation, std::span(operands), Json::object(), Json::object());
}

SymbolicTensor reduce(const char* module, const char* operation, const SymbolicTensor& x, Json axis,
                      bool keepdims) {
  return call(module, operation, {x}, {{"axis", std::move(axis)}, {"keepdims", keepdims}});
}

Json axes(const AxisList& list) { return list.is_list ? Json(list.values) : Json(list.values.front()); }

Json sizes(const Shape& shape) { return std::vector<Dim>(shape.begin(), shape.end()); }

std::shared_ptr<const Json> share(Json json) { return std::make_shared<const Json>(std::move(json)); }

}  // namespace

Operand::Operand(bool constant) : constant_(share(constant)) {}
Operand::Operand(Whole constant) : constant_(share(constant.value)) {}
Operand::Operand(Real constant) : constant_(share(constant.value)) {}
Operand::Operand(const Tensor& constant) { constant_ = share(detail::constant_json(constant)); }

SymbolicTensor get_item(const SymbolicTensor& x, const std::vector<Index>& index) {
  Json key = Json::array();
  for (const Index& entry : index) {
    const auto bound = [](const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); };
    switch (entry.kind_) {
      case Index::Kind::position:
        key.push_back(*entry.slice_.start);
        break;
      case Index::Kind::slice:
        key.push_back({{"class_name", "__slice__"},
                       {"config",
                        {{"start", bound(entry.slice_.start)},
                         {"stop", bound(entry.slice_.stop)},
                         {"step", bound(entry.slice_.step)}}}});
        break;
      case Index::Kind::ellipsis:
        key.push_back({{"class_name", "__ellipsis__"}, {"config", Json::object()}});
        break;
      case Index::Kind::newaxis:
        key.push_back(nullptr);
    }
  }
  const detail::Operand operands[] = {x, std::move(key)};
  return call_operation({"GetItem", numpy, "", share(Json::object()), nullptr, nullptr}, operands);
}

#define RHYTON_DEFINE(function, module, operation) \
  SymbolicTensor function(const Operand& x1, const Operand& x2) { return call(module, #operation, {x1, x2}); }
RHYTON_BINARY_OPS(RHYTON_DEFINE)
#undef RHYTON_DEFINE

SymbolicTensor where(const Operand& condition, const Operand& x1, const Operand& x2) {
  return call(numpy, "Where", {condition, x1, x2});
}

#define RHYTON_DEFINE(function, module, operation) \
  SymbolicTensor function(const SymbolicTensor& x) { return call(module, #operation, {x}); }
RHYTON_UNARY_OPS(RHYTON_DEFINE)
#undef RHYTON_DEFINE

SymbolicTensor round(const SymbolicTensor& x, int decimals) {
  return call(numpy, "Round", {x}, {{"decimals", decimals}});
}
SymbolicTensor clip(const SymbolicTensor& x, double x_min, double x_max) {
  return call(numpy, "Clip", {x}, {{"x_min", x_min}, {"x_max", x_max}});
}
SymbolicTensor cast(const SymbolicTensor& x, DType dtype) {
  return call(core, "Cast", {x}, {{"dtype", std::string(to_string(dtype))}});
}
SymbolicTensor elu(const SymbolicTensor& x, double alpha) { return call(nn, "Elu", {x}, {{"alpha", alpha}}); }
SymbolicTensor gelu(const SymbolicTensor& x, bool approximate) {
  return call(nn, "Gelu", {x}, {{"approximate", approximate}});
}
SymbolicTensor leaky_relu(const SymbolicTensor& x, double negative_slope) {
  return call(nn, "LeakyRelu", {x}, {{"negative_slope", negative_slope}});
}
SymbolicTensor softmax(const SymbolicTensor& x, int axis) {
  return call(nn, "Softmax", {x}, {{"axis", axis}});
}
SymbolicTensor log_softmax(const SymbolicTensor& x, int axis) {
  return call(nn, "LogSoftmax", {x}, {{"axis", axis}});
}

#define RHYTON_DEFINE(function, module, operation)                                                           \
  SymbolicTensor function(const SymbolicTensor& x) { return reduce(module, #operation, x, nullptr, false); } \
  SymbolicTensor function(const SymbolicTensor& x, const AxisList& axis, bool keepdims) {                    \
    return reduce(module, #operation, x, axes(axis), keepdims);                                              \
  }
RHYTON_REDUCTION_OPS(RHYTON_DEFINE)
#undef RHYTON_DEFINE

SymbolicTensor argmax(const SymbolicTensor& x, int axis, bool keepdims) {
  return reduce(numpy, "Argmax", x, axis, keepdims);
}
SymbolicTensor argmin(const SymbolicTensor& x, int axis, bool keepdims) {
  return reduce(numpy, "Argmin", x, axis, keepdims);
}

SymbolicTensor reshape(const SymbolicTensor& x, const Shape& newshape) {
  return call(numpy, "Reshape", {x}, {{"newshape", sizes(newshape)}});
}
SymbolicTensor transpose(const SymbolicTensor& x, const std::vector<int>& order) {
  return call(numpy, "Transpose", {x}, {{"axes", order.empty() ? Json() : Json(order)}});
}
SymbolicTensor swapaxes(const SymbolicTensor& x, int axis1, int axis2) {
  return call(numpy, "Swapaxes", {x}, {{"axis1", axis1}, {"axis2", axis2}});
}
SymbolicTensor moveaxis(const SymbolicTensor& x, int source, int destination) {
  return call(numpy, "Moveaxis", {x}, {{"source", source}, {"destination", destination}});
}

#define RHYTON_DEFINE(function, module, operation)             \
  SymbolicTensor function(const SymbolicTensor& x, int axis) { \
    return call(module, #operation, {x}, {{"axis", axis}});    \
  }
RHYTON_AXIS_OPS(RHYTON_DEFINE)
#undef RHYTON_DEFINE
SymbolicTensor sort(const SymbolicTensor& x, int axis) { return call(numpy, "Sort", {x}, {{"axis", axis}}); }
SymbolicTensor argsort(const SymbolicTensor& x, int axis) {
  return call(numpy, "Argsort", {x}, {{"axis", axis}});
}

SymbolicTensor roll(const SymbolicTensor& x, std::int64_t shift, int axis) {
  return call(numpy, "Roll", {x}, {{"shift", shift}, {"axis", axis}});
}
SymbolicTensor repeat(const SymbolicTensor& x, std::int64_t repeats, int axis) {
  return call(numpy, "Repeat", {x}, {{"repeats", repeats}, {"axis", axis}});
}
SymbolicTensor tile(const SymbolicTensor& x, const std::vector<std::int64_t>& repeats) {
  return call(numpy, "Tile", {x}, {{"repeats", repeats}});
}
SymbolicTensor broadcast_to(const SymbolicTensor& x, const Shape& shape) {
  return call(numpy, "BroadcastTo", {x}, {{"shape", sizes(shape)}});
}
SymbolicTensor pad(const SymbolicTensor& x, const std::vector<Pair>& pad_width, const std::string& mode,
                   double constant_values) {
  Json pairs = Json::array();
  for (const Pair& pair : pad_width) pairs.push_back({pair.before, pair.after});
  Json keywords = Json::object();
  keywords["constant_values"] = mode == "constant" ? Json(constant_values) : Json();
  return call(numpy, "Pad", {x}, {{"pad_width", pairs}, {"mode", mode}}, keywords);
}
SymbolicTensor take(const SymbolicTensor& x, const Operand& indices, int axis) {
  return call(numpy, "Take", {x, indices}, {{"axis", axis}});
}
SymbolicTensor take_along_axis(const SymbolicTensor& x, const Operand& indices, int axis) {
  return call(numpy, "TakeAlongAxis", {x, indices}, {{"axis", axis}});
}
SymbolicTensor one_hot(const SymbolicTensor& x, std::int64_t num_classes, int axis) {
  return call(nn, "OneHot", {x}, {{"num_classes", num_classes}, {"axis", axis}});
}
SymbolicTensors top_k(const SymbolicTensor& x, std::int64_t k) {
  return call(math, "TopK", {x}, {{"k", k}, {"sorted", true}}).outputs();
}
SymbolicTensor concatenate(const SymbolicTensors& xs, int axis) {
  return call_operation({"Concatenate", numpy, "", share({{"axis", axis}}), nullptr, nullptr}, xs);
}
SymbolicTensor stack(const SymbolicTensors& xs, int axis) {
  return call_operation({"Stack", numpy, "", share({{"axis", axis}}), nullptr, nullptr}, xs);
}
SymbolicTensors split_sections(const SymbolicTensor& x, std::int64_t sections, int axis) {
  return call(numpy, "Split", {x}, {{"indices_or_sections", sections}, {"axis", axis}}).outputs();
}
SymbolicTensors split(const SymbolicTensor& x, const std::vector<std::int64_t>& indices, int axis) {
  return call(numpy, "Split", {x}, {{"indices_or_sections", indices}, {"axis", axis}}).outputs();
}

SymbolicTensor einsum(const std::string& subscripts, const std::vector<Operand>& operands) {
  return call(numpy, "Einsum", std::span(operands), {{"subscripts", subscripts}}, Json::object());
}

}  // namespace rhyton::ops
