#include "serialization/operation_json.hpp"

#include <map>
#include <optional>

#include "nn/error.hpp"

namespace rhyton {

namespace {

const std::map<std::string, const char*> activations = {
    {"Relu", "relu"},         {"Relu6", "relu6"},     {"Sigmoid", "sigmoid"},
    {"Tanh", "tanh"},         {"Silu", "silu"},       {"Softplus", "softplus"},
    {"Softsign", "softsign"}, {"Exp", "exponential"}, {"HardSigmoid", "hard_sigmoid"},
};

/// Made as merging layers are.
bool merges(const std::string& name) {
  return name == "Add" || name == "Subtract" || name == "Multiply" || name == "Maximum" || name == "Minimum";
}

/// The number that stands in the place of a tensor, and whether it comes first.
struct Constant {
  double value = 0;
  bool first = false;
};

std::optional<Constant> constant_of(const CallDescription& call) {
  if (call.constants.size() != 1 || !call.constants[0].second.is_number()) return std::nullopt;
  const auto& [key, value] = call.constants[0];
  return Constant{value.get<double>(), key == "0" || key == "x1" || key == "x"};
}

Json config_named(const LayerDescription& operation, Json config = Json::object()) {
  config["name"] = operation.name;
  return config;
}

std::shared_ptr<Layer> make(const char* class_name, const Json& config) {
  const auto& registry = Registry<Layer>::global();
  return registry.contains(class_name) ? registry.make(class_name, config) : nullptr;
}

/// scale * x + offset.
std::shared_ptr<Layer> with_constant(const std::string& name, const Constant& c,
                                     const LayerDescription& operation) {
  double scale = 1, offset = 0;
  if (name == "Add") {
    offset = c.value;
  } else if (name == "Multiply") {
    scale = c.value;
  } else if (name == "Subtract") {
    scale = c.first ? -1 : 1;
    offset = c.first ? c.value : -c.value;
  } else if (name == "TrueDivide" && !c.first) {
    scale = 1 / c.value;
  } else {
    return nullptr;
  }
  return make("Rescaling", config_named(operation, {{"scale", scale}, {"offset", offset}}));
}

std::shared_ptr<Layer> equivalent(const std::string& name, const LayerDescription& operation,
                                  const CallDescription& call, const SymbolicTensors& inputs) {
  if (inputs.size() == 1) {
    if (const auto constant = constant_of(call)) return with_constant(name, *constant, operation);
    const auto activation = activations.find(name);
    if (activation != activations.end() && call.constants.empty())
      return make("Activation", config_named(operation, {{"activation", activation->second}}));
    return nullptr;
  }
  // The merging layers treat the batch on its own where the ranks differ; operations do not.
  if (inputs.size() == 2 && merges(name) && inputs[0].shape().rank() == inputs[1].shape().rank())
    return make(name.c_str(), config_named(operation));
  if (name == "Concatenate" && operation.object["config"].contains("axis"))
    return make("Concatenate", config_named(operation, {{"axis", operation.object["config"]["axis"]}}));
  return nullptr;
}

}  // namespace

std::string operation_name(const LayerDescription& operation) {
  if (operation.class_name != "TFOpLambda") return operation.class_name;
  static const std::map<std::string, std::string> names = {
      {"math.add", "Add"},
      {"__operators__.add", "Add"},
      {"math.subtract", "Subtract"},
      {"math.multiply", "Multiply"},
      {"math.truediv", "TrueDivide"},
      {"math.divide", "TrueDivide"},
      {"math.maximum", "Maximum"},
      {"math.minimum", "Minimum"},
      {"nn.relu", "Relu"},
      {"nn.softmax", "Softmax"},
      {"math.sigmoid", "Sigmoid"},
      {"math.tanh", "Tanh"},
      {"nn.silu", "Silu"},
      {"nn.gelu", "Gelu"},
      {"nn.elu", "Elu"},
      {"nn.softplus", "Softplus"},
      {"math.softplus", "Softplus"},
  };
  const Json function = operation.object["config"].value("function", Json());
  const auto found = function.is_string() ? names.find(function.get<std::string>()) : names.end();
  return found == names.end() ? (function.is_string() ? function.get<std::string>() : "TFOpLambda")
                              : found->second;
}

bool knows_operation(const LayerDescription& operation) {
  const std::string name = operation_name(operation);
  return merges(name) || name == "TrueDivide" || name == "Concatenate" || activations.count(name) != 0;
}

std::shared_ptr<Layer> layer_for_operation(const LayerDescription& operation, const CallDescription& call,
                                           const SymbolicTensors& inputs) {
  const std::string name = operation_name(operation);
  auto layer = equivalent(name, operation, call, inputs);
  if (!layer)
    throw NotSupported("the operation " + name + " ('" + operation.name + "') is not supported here.");
  return layer;
}

}  // namespace rhyton
