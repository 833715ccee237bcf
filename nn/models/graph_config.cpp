// get_config of models: the graph in Keras 3's form.
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "nn/late_masks.hpp"
#include "nn/models/graph_layer.hpp"

namespace rhyton {

namespace {

/// The k-th call of each layer inside one model is its node k, in the order of execution.
class NodeNumbers {
 public:
  explicit NodeNumbers(const std::vector<std::shared_ptr<const Node>>& nodes) {
    for (const auto& node : nodes) number_[node.get()] = count_[node->layer.get()]++;
  }
  int of(const Node* node) const { return number_.at(node); }

 private:
  std::map<const Node*, int> number_;
  std::map<const Layer*, int> count_;
};

Json to_json(const SymbolicTensor& tensor, const NodeNumbers& numbers) {
  Json shape;
  to_config(shape, tensor.shape());
  return {
      {"class_name", "__keras_tensor__"},
      {"config",
       {{"shape", shape},
        {"dtype", std::string(to_string(tensor.dtype()))},
        {"keras_history", {tensor.node()->layer->name(), numbers.of(tensor.node().get()), tensor.index()}}}}};
}

/// Puts tensors in the places where {"$": i} stands for them.
Json filled_in(const Json& json, const Json& tensors) {
  if (json.is_object() && json.contains("$")) return tensors.at(json["$"].get<std::size_t>());
  Json out = json;
  if (json.is_structured())
    for (auto& [key, item] : out.items()) item = filled_in(item, tensors);
  return out;
}

Json node_to_json(const Node& node, const NodeNumbers& numbers) {
  if (const auto arguments = node.layer->call_arguments()) {
    Json tensors = Json::array();
    for (const auto& x : node.inputs) tensors.push_back(to_json(x, numbers));
    return filled_in(*arguments, tensors);
  }
  Json positional = Json::array(), kwargs = Json::object();
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const std::string& role = node.spec.roles[i];
    Json tensor = to_json(node.inputs[i], numbers);
    if (role.empty()) {
      positional.push_back(std::move(tensor));
    } else if (role == "initial_state") {
      kwargs[role].push_back(std::move(tensor));
    } else if (const auto place = std::find(list_mask_roles.begin(), list_mask_roles.end(), role);
               place != list_mask_roles.end() && !node.layer->takes_inputs_singly()) {
      Json& list = kwargs["mask"];
      if (list.is_null()) list = Json::array_t(positional.size());
      list[static_cast<std::size_t>(place - list_mask_roles.begin())] = std::move(tensor);
    } else {
      kwargs[role] = std::move(tensor);
    }
  }
  for (const auto& [flag, value] : node.spec.flags) kwargs[flag] = value;
  Json args = positional;
  if (positional.size() > 1 && !node.layer->takes_inputs_singly()) args = Json::array({positional});
  return {{"args", std::move(args)}, {"kwargs", std::move(kwargs)}};
}

Json layer_to_json(const Layer& layer) {
  Json json = object_to_json(layer, layer.keras_module());
  if (layer.class_name() == "Functional") json["registered_name"] = "Functional";
  // Operations have nothing to build.
  if (layer.call_arguments()) return json;
  const CallSpec& built = layer.build_spec();
  if (layer.takes_inputs_singly()) {
    Json shapes = Json::object();
    for (std::size_t i = 0; i < built.inputs.size(); ++i) {
      constexpr std::array<const char*, 3> order{"query", "value", "key"};
      std::string role = i < built.roles.size() ? built.roles[i] : "";
      if (role.empty() && i < order.size()) role = order[i];
      if (role == "query" || role == "value" || role == "key")
        to_config(shapes[role + "_shape"], built.inputs[i].shape);
    }
    json["build_config"] = {{"shapes_dict", std::move(shapes)}};
  } else if (built.inputs.size() == 1) {
    Json shape;
    to_config(shape, built.inputs[0].shape);
    json["build_config"] = {{"input_shape", shape}};
  }
  return json;
}

Json references(const SymbolicTensors& tensors, const NodeNumbers& numbers, Structure structure,
                const std::vector<std::string>& keys, bool output) {
  Json list = Json::array();
  for (const auto& t : tensors) {
    // Keras counts a nested functional model's own input as its node 0, here and only here.
    const int shift = output && t.node()->layer->class_name() == "Functional" ? 1 : 0;
    list.push_back({t.node()->layer->name(), numbers.of(t.node().get()) + shift, t.index()});
  }
  if (structure == Structure::single) return list[0];
  if (structure == Structure::list) return list;
  Json named = Json::object();
  for (std::size_t i = 0; i < keys.size(); ++i) named[keys[i]] = list[i];
  return named;
}

}  // namespace

void Functional::write_config(ConfigWriter& writer) const {
  const NodeNumbers numbers(nodes_);
  Json layers = Json::array();
  for (const auto& layer : layers_) {
    Json json = layer_to_json(*layer);
    json["name"] = layer->name();
    json["inbound_nodes"] = Json::array();
    for (const auto& node : nodes_)
      if (node->layer == layer && !node->inputs.empty())
        json["inbound_nodes"].push_back(node_to_json(*node, numbers));
    layers.push_back(std::move(json));
  }
  writer("name", name())("trainable", trainable())("layers", layers);
  writer("input_layers", references(inputs_, numbers, input_structure, input_keys, false));
  writer("output_layers", references(outputs_, numbers, output_structure, output_keys, true));
}

void SequentialLayer::write_config(ConfigWriter& writer) const {
  Json layers = Json::array();
  if (input_) layers.push_back(layer_to_json(*input_.node()->layer));
  for (const auto& layer : layers_) layers.push_back(layer_to_json(*layer));
  writer("name", name())("trainable", trainable())("layers", layers);
  if (!inputs_.empty()) writer("build_input_shape", inputs_[0].shape());
}

}  // namespace rhyton
