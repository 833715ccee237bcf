#include "serialization/operation_json.hpp"

#include <algorithm>
#include <map>

#include "nn/error.hpp"

namespace rhyton {

namespace {

/// A function of TensorFlow, as Keras 2 names it, and the operation of Keras 3 that does the same.
struct Keras2Function {
  const char* name;
  /// TensorFlow's names of the arguments where they differ, and Keras 3's.
  std::map<std::string, std::string> arguments = {};
};

const std::map<std::string, std::string> of_two = {{"x", "x1"}, {"y", "x2"}};
const std::map<std::string, std::string> of_one = {
    {"input_tensor", "x"}, {"features", "x"},     {"input", "x"},   {"a", "x"},     {"perm", "axes"},
    {"tensor", "x"},       {"shape", "newshape"}, {"values", "xs"}, {"logits", "x"}};

const std::map<std::string, Keras2Function>& keras2_functions() {
  static const std::map<std::string, Keras2Function> functions = {
      {"math.add", {"Add", of_two}},
      {"__operators__.add", {"Add", of_two}},
      {"math.subtract", {"Subtract", of_two}},
      {"math.multiply", {"Multiply", of_two}},
      {"math.truediv", {"TrueDivide", of_two}},
      {"math.divide", {"TrueDivide", of_two}},
      {"math.maximum", {"Maximum", of_two}},
      {"math.minimum", {"Minimum", of_two}},
      {"math.pow", {"Power", of_two}},
      {"math.squared_difference", {"SquaredDifference", of_two}},
      {"math.greater", {"Greater", of_two}},
      {"math.less", {"Less", of_two}},
      {"math.equal", {"Equal", of_two}},
      {"math.not_equal", {"NotEqual", of_two}},
      {"linalg.matmul", {"Matmul", {{"a", "x1"}, {"b", "x2"}}}},
      {"math.negative", {"Negative", of_one}},
      {"math.abs", {"Absolute", of_one}},
      {"math.square", {"Square", of_one}},
      {"math.sqrt", {"Sqrt", of_one}},
      {"math.exp", {"Exp", of_one}},
      {"math.log", {"Log", of_one}},
      {"math.sin", {"Sin", of_one}},
      {"math.cos", {"Cos", of_one}},
      {"math.tanh", {"Tanh", of_one}},
      {"math.sigmoid", {"Sigmoid", of_one}},
      {"math.softplus", {"Softplus", of_one}},
      {"nn.relu", {"Relu", of_one}},
      {"nn.relu6", {"Relu6", of_one}},
      {"nn.silu", {"Silu", of_one}},
      {"nn.sigmoid", {"Sigmoid", of_one}},
      {"nn.tanh", {"Tanh", of_one}},
      {"nn.softmax", {"Softmax", of_one}},
      {"math.reduce_mean", {"Mean", of_one}},
      {"math.reduce_sum", {"Sum", of_one}},
      {"math.reduce_max", {"Max", of_one}},
      {"math.reduce_min", {"Min", of_one}},
      {"math.reduce_prod", {"Prod", of_one}},
      {"reshape", {"Reshape", of_one}},
      {"transpose", {"Transpose", of_one}},
      {"expand_dims", {"ExpandDims", of_one}},
      {"squeeze", {"Squeeze", of_one}},
      {"concat", {"Concatenate", of_one}},
      {"stack", {"Stack", {{"values", "x"}}}},
      {"cast", {"Cast"}},
      {"__operators__.getitem", {"GetItem", {{"slice_spec", "key"}}}},
  };
  return functions;
}

bool is_keras2(const LayerDescription& operation) {
  return operation.class_name == "TFOpLambda" || operation.class_name == "SlicingOpLambda";
}

std::string function_of(const LayerDescription& operation) {
  const Json& config = operation.object["config"];
  const auto function = config.is_object() ? config.find("function") : config.end();
  return config.is_object() && function != config.end() && function->is_string()
             ? function->get<std::string>()
             : operation.class_name;
}

/// Where Keras 3 has the class.
std::string module_of(const std::string& name) {
  for (const char* of_nn : {"Relu", "Relu6", "Silu", "Sigmoid", "Softmax", "Softplus"})
    if (name == of_nn) return "keras.src.ops.nn";
  return name == "Cast" ? "keras.src.ops.core" : "keras.src.ops.numpy";
}

std::shared_ptr<const Json> shared(Json json) { return std::make_shared<const Json>(std::move(json)); }

}  // namespace

std::string operation_name(const LayerDescription& operation) {
  if (!is_keras2(operation)) return operation.class_name;
  const std::string function = function_of(operation);
  const auto found = keras2_functions().find(function);
  return found == keras2_functions().end() ? function : found->second.name;
}

bool knows_operation(const LayerDescription& operation) {
  const auto names = operation_names();
  return std::find(names.begin(), names.end(), operation_name(operation)) != names.end();
}

OperationCall operation_call(const LayerDescription& operation, const CallDescription& call) {
  OperationCall out;
  out.class_name = operation_name(operation);
  out.name = operation.name;
  out.args = shared(call.args);
  if (!is_keras2(operation)) {
    out.module = operation.module.empty() ? module_of(out.class_name) : operation.module;
    out.config = shared(operation.object["config"]);
    out.kwargs = shared(call.kwargs);
    return out;
  }
  out.module = module_of(out.class_name);
  out.config = shared(Json::object());
  Json kwargs = Json::object();
  const auto found = keras2_functions().find(function_of(operation));
  for (const auto& [key, value] : call.kwargs.items()) {
    const bool renamed = found != keras2_functions().end() && found->second.arguments.count(key) != 0;
    kwargs[renamed ? found->second.arguments.at(key) : key] = value;
  }
  out.kwargs = shared(std::move(kwargs));
  return out;
}

}  // namespace rhyton
