#include "serialization/graph_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/raise.hpp"
#include "serialization/dialect.hpp"
#include "serialization/limits.hpp"
#include "serialization/raw_operations.hpp"

namespace rhyton {

namespace {

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  raise<FormatError>("model configuration, {}: {}", where, what);
}

std::string excerpt(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 100 ? text.substr(0, 97) + "..." : text;
}

bool is_index(const Json& json) {
  return json.is_number_integer() && json.get<std::int64_t>() >= 0 && json.get<std::int64_t>() < INT_MAX;
}

/// ["layer", call, tensor], perhaps with Keras 2's keyword arguments behind it.
bool is_triple(const Json& json) {
  return json.is_array() && (json.size() == 3 || json.size() == 4) && json[0].is_string() &&
         is_index(json[1]) && is_index(json[2]);
}

/// ["_CONSTANT_VALUE", -1, 1.0], in the place of a triple: the 1 of Keras 2's "1 - x".
bool is_constant(const Json& json) {
  return json.is_array() && (json.size() == 3 || json.size() == 4) && json[0] == "_CONSTANT_VALUE";
}

TensorAddress address(const Json& triple) {
  return {triple[0].get<std::string>(), triple[1].get<int>(), triple[2].get<int>()};
}

bool is_keras_tensor(const Json& json) {
  return json.is_object() && json.value("class_name", Json()) == "__keras_tensor__";
}

std::optional<TensorSpec> spec_of_keras_tensor(const Json& json) {
  const auto config = json.find("config");
  if (config == json.end()) return std::nullopt;
  try {
    const std::optional<Shape> shape = stated_shape(*config, "shape");
    if (!shape || std::any_of(shape->begin(), shape->end(), [](Dim d) { return d < unknown; }))
      return std::nullopt;
    const Json dtype = config->value("dtype", Json());
    return TensorSpec{*shape,
                      dtype.is_string() ? dtype_from_string(dtype.get<std::string>()) : DType::float32};
  } catch (const Error&) {
    return std::nullopt;
  }
}

TensorAddress address_of_keras_tensor(const Json& json, const std::string& where) {
  const auto config = json.find("config");
  if (config != json.end() && config->is_object()) {
    const auto history = config->find("keras_history");
    if (history != config->end() && is_triple(*history)) return address(*history);
  }
  fail(where, "a tensor without keras_history: " + excerpt(json));
}

bool takes_initial_state(const std::string& class_name) {
  static const std::set<std::string> names = {"Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
                                              "GRU",           "LSTM",       "RNN",        "SimpleRNN"};
  return names.count(class_name) != 0;
}

bool is_attention(const std::string& class_name) {
  return class_name == "MultiHeadAttention" || class_name == "GroupQueryAttention";
}

bool is_operation_module(const std::string& module) { return module.find(".ops.") != std::string::npos; }

class NodeReader {
 public:
  NodeReader(const LayerDescription& layer) : layer_(layer), where_(fmt::format("layer '{}'", layer.name)) {}

  /// Keras 3: {"args": [...], "kwargs": {...}}, tensors anywhere inside.
  CallDescription keras3(const Json& node) {
    call_ = {};
    const auto args = node.find("args");
    if (args == node.end() || !args->is_array()) fail(where_, "a call without args: " + excerpt(node));
    for (std::size_t i = 0; i < args->size(); ++i)
      call_.args.push_back(argument(role_at(i), (*args)[i], false));
    if (const auto kwargs = node.find("kwargs"); kwargs != node.end() && kwargs->is_object()) {
      const std::string first = args->empty() ? first_argument(*kwargs) : "";
      if (!first.empty()) call_.args.push_back(argument("", (*kwargs)[first], false));
      const std::size_t of_first = call_.inputs.size();
      for (const auto& [key, value] : kwargs->items())
        if (key != first) keyword(key, value, false);
      if (call_.inputs.size() > of_first) call_.first_name = first;
    }
    put_query_first();
    return std::move(call_);
  }

  /// Keras 2: [[layer, call, tensor, kwargs], ...]; operations write it one level flatter.
  CallDescription keras2(const Json& node) {
    call_ = {};
    if (is_triple(node) || is_constant(node)) {
      call_.args.push_back(entry(node, true));
    } else {
      if (!node.is_array()) fail(where_, "a call that is not a list: " + excerpt(node));
      for (std::size_t i = 0; i < node.size(); ++i) call_.args.push_back(entry(node[i], i == 0));
    }
    return std::move(call_);
  }

 private:
  /// States follow the sequence.
  std::string role_at(std::size_t position) const {
    return position > 0 && takes_initial_state(layer_.class_name) ? "initial_state" : "";
  }

  /// A tensor or a constant; a list among the tensors of an operation (`tf.concat([x, [2, 3]], 0)`) is one of
  /// them too. The keyword arguments stand with each: those of the `first` count.
  Json entry(const Json& json, bool first) {
    if (!is_triple(json) && !is_constant(json)) {
      if (!json.is_array() || layer_.class_name != "TFOpLambda")
        fail(where_, "a call of something else than [layer, node, tensor]: " + excerpt(json));
      Json list = Json::array();
      for (const Json& item : json) list.push_back(entry(item, first && list.empty()));
      return list;
    }
    if (is_constant(json)) refuse_marks(json[2]);
    const Json made = is_constant(json) ? json[2] : add(address(json), role_at(call_.args.size()));
    if (first && json.size() == 4 && json[3].is_object())
      for (const auto& [key, value] : json[3].items())
        if (key != "name") keyword(key, value, true);
    return made;
  }

  void keyword(const std::string& key, const Json& value, bool triples) {
    if (value.is_boolean()) call_.flags.emplace_back(key, value.get<bool>());
    // Keras asks for all arguments of an operation that have no default, though they may be None.
    const bool operation = is_operation_module(layer_.module);
    if (value.is_null() && key.ends_with("mask")) call_.empty_mask = true;
    if (!value.is_null() || operation) call_.kwargs[key] = argument(key, value, triples);
  }

  /// `layer(inputs=x)`: the name of what others give by position; empty for operations and attention, which
  /// tell their arguments by name.
  std::string first_argument(const Json& kwargs) const {
    if (is_operation_module(layer_.module) || is_attention(layer_.class_name)) return {};
    for (const char* name : {"inputs", "sequences", "sequence", "data", "x"})
      if (kwargs.contains(name)) return name;
    return {};
  }

  /// Attention called by keywords alone: what it hands on (a dtype, a mask) is its first input's.
  void put_query_first() {
    const auto query = std::find(call_.roles.begin(), call_.roles.end(), "query") - call_.roles.begin();
    if (!is_attention(layer_.class_name) || query == std::ssize(call_.roles)) return;
    std::rotate(call_.inputs.begin(), call_.inputs.begin() + query, call_.inputs.begin() + query + 1);
    std::rotate(call_.roles.begin(), call_.roles.begin() + query, call_.roles.begin() + query + 1);
    std::rotate(call_.stated.begin(), call_.stated.begin() + query, call_.stated.begin() + query + 1);
  }

  Json add(TensorAddress tensor, const std::string& role, std::optional<TensorSpec> stated = {}) {
    call_.stated.push_back(std::move(stated));
    call_.inputs.push_back(std::move(tensor));
    call_.roles.push_back(role);
    return {{"$", call_.inputs.size() - 1}};
  }

  /// What marks tensors here must not stand in a file.
  void refuse_marks(const Json& value) const {
    if (!value.is_structured()) return;
    for (const auto& [key, item] : value.items()) {
      if (value.is_object() && key.starts_with("$")) fail(where_, "an argument named " + excerpt(key));
      refuse_marks(item);
    }
  }

  /// Tensors inside `value` become inputs of one role, and are marked where they stood.
  Json argument(const std::string& role, const Json& value, bool triples) {
    if (is_keras_tensor(value))
      return add(address_of_keras_tensor(value, where_), role, spec_of_keras_tensor(value));
    if (triples && is_triple(value)) return add(address(value), role);
    Json marked = value;
    if (value.is_object()) {
      // Dictionaries are flattened by sorted key, as Keras does.
      std::vector<std::string> keys;
      for (const auto& [key, item] : value.items()) keys.push_back(key);
      std::sort(keys.begin(), keys.end());
      if (!keys.empty() && keys[0].starts_with("$")) fail(where_, "an argument named " + excerpt(keys[0]));
      for (const auto& key : keys) marked[key] = argument(role, value[key], triples);
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) marked[i] = argument(role, value[i], triples);
    }
    return marked;
  }

  const LayerDescription& layer_;
  std::string where_;
  CallDescription call_;
};

/// "input_layers" and "output_layers": one triple, a list of them, or a dictionary.
void collect_ends(const Json& json, std::vector<TensorAddress>& ends) {
  if (is_triple(json)) {
    ends.push_back(address(json));
  } else if (json.is_array()) {
    for (const Json& item : json) collect_ends(item, ends);
  } else if (json.is_object()) {
    std::map<std::string, const Json*> sorted;
    for (const auto& [key, item] : json.items()) sorted[key] = &item;
    for (const auto& [key, item] : sorted) collect_ends(*item, ends);
  } else {
    fail("input_layers or output_layers", "not an address of a tensor: " + excerpt(json));
  }
}

/// Keras 2 writes a list where there is one tensor.
Structure structure_of(const Json& json, Dialect dialect, std::vector<std::string>& keys) {
  if (json.is_object()) {
    for (const auto& [key, item] : json.items()) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return Structure::dictionary;
  }
  if (is_triple(json) || (dialect == Dialect::keras2 && json.size() == 1)) return Structure::single;
  return Structure::list;
}

/// Keras 2 counts the call in which a nested model was made as number 0, and Keras 3 does so where a nested
/// functional model is an output. A reference to call 0, or too few calls, shows that it was not done.
void shift_calls(GraphDescription& graph, Dialect dialect) {
  std::map<std::string, const LayerDescription*> models;
  for (const auto& layer : graph.layers)
    if (layer.is_model) models[layer.name] = &layer;
  if (models.empty()) return;
  const auto shift = [&](const std::vector<TensorAddress*>& addresses, bool functional_only) {
    std::map<std::string, bool> starts_at_zero;
    for (const auto* a : addresses)
      if (a->call == 0) starts_at_zero[a->layer] = true;
    for (auto* a : addresses) {
      const auto model = models.find(a->layer);
      if (model == models.end() || starts_at_zero.count(a->layer) != 0) continue;
      const bool past_the_end = a->call >= static_cast<int>(model->second->calls.size());
      if (past_the_end || !functional_only || model->second->class_name != "Sequential") --a->call;
    }
  };
  std::vector<TensorAddress*> inner, ends;
  for (auto& layer : graph.layers)
    for (auto& call : layer.calls)
      for (auto& input : call.inputs) inner.push_back(&input);
  for (auto& output : graph.outputs) ends.push_back(&output);
  if (dialect == Dialect::keras2) {
    inner.insert(inner.end(), ends.begin(), ends.end());
    shift(inner, false);
  } else {
    shift(ends, true);
  }
}

LayerDescription read_layer(const Json& json, Dialect dialect, std::vector<std::string>& notes) {
  if (!json.is_object()) fail("layers", "an entry is not an object: " + excerpt(json));
  LayerDescription layer;
  layer.object = json;
  layer.object.erase("inbound_nodes");
  if (!layer.object.contains("config")) layer.object["config"] = Json::object();
  modernize_layer(layer.object, dialect, notes, &layer.problems);
  layer.class_name = layer.object.value("class_name", Json()).is_string()
                         ? layer.object["class_name"].get<std::string>()
                         : "";
  if (layer.class_name.empty()) fail("layers", "an entry has no class_name: " + excerpt(json));
  const auto text = [&](const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  layer.module = text(json, "module");
  layer.name = text(json, "name");
  if (const auto config = json.find("config");
      layer.name.empty() && config != json.end() && config->is_object())
    layer.name = text(*config, "name");
  if (layer.name.empty()) fail("layers", "an entry has no name: " + excerpt(json));
  layer.is_model = is_model_object(layer.object);
  return layer;
}

}  // namespace

std::optional<Shape> stated_shape(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->empty()) return std::nullopt;
  Shape shape;
  from_config(*found, shape);
  return shape;
}

std::optional<Shape> built_shape(const Json& object) {
  if (!object.is_object() || !object.contains("build_config")) return std::nullopt;
  return stated_shape(object["build_config"], "input_shape");
}

bool is_model_object(const Json& layer) {
  if (!layer.is_object()) return false;
  const auto config = layer.find("config");
  if (config == layer.end()) return false;
  const Json name = layer.value("class_name", Json());
  if (config->is_array()) return name == "Sequential";
  // A layer that holds layers.
  if (name == "Pipeline") return false;
  return config->is_object() && config->find("layers") != config->end() && (*config)["layers"].is_array();
}

GraphDescription read_graph(const Json& config, Dialect dialect, std::vector<std::string>& notes) {
  GraphDescription graph;
  if (!config.is_object()) fail("config", "not an object.");
  for (const char* key : {"layers", "input_layers", "output_layers"})
    if (config.find(key) == config.end()) fail("config", fmt::format("has no {}.", key));
  const Json& layers = config["layers"];
  if (!layers.is_array() || layers.size() > limits::layers) fail("layers", "not a list of a credible size.");
  if (const auto name = config.find("name"); name != config.end() && name->is_string())
    graph.name = name->get<std::string>();
  std::map<std::string, int> names;
  std::size_t calls = 0;
  for (const Json& json : layers) {
    LayerDescription layer = read_layer(json, dialect, notes);
    if (++names[layer.name] > 1) fail("layers", fmt::format("the name '{}' is used twice.", layer.name));
    NodeReader reader(layer);
    if (const auto nodes = json.find("inbound_nodes"); nodes != json.end() && nodes->is_array()) {
      calls += nodes->size();
      if (calls > limits::nodes) fail("layers", "too many calls.");
      for (const Json& node : *nodes)
        layer.calls.push_back(node.is_object() ? reader.keras3(node) : reader.keras2(node));
    }
    if (layer.class_name == "TensorFlowOpLayer") read_raw_operation(layer);
    graph.layers.push_back(std::move(layer));
  }
  collect_ends(config["input_layers"], graph.inputs);
  collect_ends(config["output_layers"], graph.outputs);
  graph.input_structure = structure_of(config["input_layers"], dialect, graph.input_keys);
  graph.output_structure = structure_of(config["output_layers"], dialect, graph.output_keys);
  shift_calls(graph, dialect);
  return graph;
}

}  // namespace rhyton
