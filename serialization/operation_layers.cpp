#include "serialization/operation_layers.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace rhyton {

namespace {

bool is_float_tensor(const Json& json) {
  return json.is_object() && json.value("class_name", Json()) == "__keras_tensor__" &&
         json["config"].value("dtype", Json()) == "float32";
}

/// {"args": [x, y]} or {"args": [x], "kwargs": {"x2": y}}: both operands, else less.
std::vector<Json> operands(const Json& node) {
  std::vector<Json> out;
  for (const Json& arg : node["args"]) out.push_back(arg);
  if (node.contains("kwargs"))
    for (const char* name : {"x1", "x2"})
      if (node["kwargs"].contains(name)) out.push_back(node["kwargs"][name]);
  return out;
}

Json layer_object(const Json& operation, const std::string& class_name, Json config, Json argument) {
  config["name"] = operation["name"];
  const Json node = {{"args", Json::array({std::move(argument)})}, {"kwargs", Json::object()}};
  return {{"module", "keras.layers"},   {"class_name", class_name},  {"config", std::move(config)},
          {"registered_name", nullptr}, {"name", operation["name"]}, {"inbound_nodes", Json::array({node})}};
}

/// x * scale + offset, for an operation on a tensor and a number.
Json rescaling(const Json& operation, const Json& left, const Json& right) {
  const std::string class_name = operation["class_name"].get<std::string>();
  const bool number_first = left.is_number();
  const double number = (number_first ? left : right).get<double>();
  double scale = 1, offset = 0;
  if (class_name == "Add") {
    offset = number;
  } else if (class_name == "Subtract") {
    scale = number_first ? -1 : 1;
    offset = number_first ? number : -number;
  } else if (class_name == "Multiply") {
    scale = number;
  } else if (class_name == "TrueDivide" && !number_first && number != 0) {
    scale = 1 / number;
  } else {
    return nullptr;
  }
  return layer_object(operation, "Rescaling", {{"scale", scale}, {"offset", offset}},
                      number_first ? right : left);
}

Json activation(const Json& operation, const Json& x) {
  static const std::map<std::string, std::string> functions = {
      {"Relu", "relu"},         {"Sigmoid", "sigmoid"}, {"Tanh", "tanh"}, {"Softplus", "softplus"},
      {"Softsign", "softsign"}, {"Exp", "exponential"}, {"Selu", "selu"}, {"Silu", "silu"}};
  const auto found = functions.find(operation["class_name"].get<std::string>());
  return found == functions.end() ? Json()
                                  : layer_object(operation, "Activation", {{"activation", found->second}}, x);
}

}  // namespace

Json layer_for_operation(const Json& operation) {
  static const std::set<std::string> merges = {"Add", "Subtract", "Multiply", "Maximum", "Minimum"};
  const std::string class_name = operation["class_name"].get<std::string>();
  if (operation["inbound_nodes"].size() != 1) return nullptr;
  const auto values = operands(operation["inbound_nodes"][0]);
  if (class_name == "Concatenate" && !values.empty() && values[0].is_array()) {
    if (!std::all_of(values[0].begin(), values[0].end(), is_float_tensor)) return nullptr;
    return layer_object(operation, class_name, {{"axis", operation["config"].value("axis", Json(0))}},
                        values[0]);
  }
  if (values.size() == 1 && is_float_tensor(values[0])) return activation(operation, values[0]);
  if (values.size() != 2) return nullptr;
  const Json &left = values[0], &right = values[1];
  if (is_float_tensor(left) && is_float_tensor(right)) {
    // Layers pair dimensions otherwise than operations where shapes differ in rank.
    const bool alike = left["config"]["shape"] == right["config"]["shape"];
    return alike && merges.count(class_name) != 0
               ? layer_object(operation, class_name, Json::object(), Json::array({left, right}))
               : Json();
  }
  const bool scalar =
      (is_float_tensor(left) && right.is_number()) || (left.is_number() && is_float_tensor(right));
  return scalar ? rescaling(operation, left, right) : Json();
}

}  // namespace rhyton
