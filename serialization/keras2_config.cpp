#include "serialization/keras2_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "serialization/operation_json.hpp"
#include "serialization/operation_layers.hpp"

namespace rhyton {

namespace {

/// A Pipeline is a layer that holds layers.
bool is_model(const Json& layer) {
  return layer.is_object() && layer.contains("config") && layer["config"].is_object() &&
         layer["config"].contains("layers") && layer.value("class_name", "") != "Pipeline";
}

bool is_tensor(const Json& json) {
  return json.is_object() && json.value("class_name", Json()) == "__keras_tensor__";
}

/// Whether a layer of the graph, or of a model in it, makes a mask.
bool makes_masks(const Json& json) {
  if (!json.is_structured()) return false;
  if (json.is_object() &&
      (json.value("mask_zero", Json()) == true || json.value("class_name", Json()) == "Masking"))
    return true;
  return std::any_of(json.begin(), json.end(), makes_masks);
}

Json convert(const Json& model, bool portable, std::vector<std::string>& problems);

/// One functional model's graph. Nested models stand in the way of a portable one: to Keras 2 their first
/// call is number 1, to Keras 3 number 0, except among the outputs, where it is 1 for functional ones. So
/// each call is written twice: call k (from 0) is 2 k and 2 k + 1 to Keras 3, 2 k + 1 and 2 k + 2 to Keras 2,
/// and 2 k + 1 means it to both. The call that nobody refers to is no part of the model.
class GraphWriter {
 public:
  GraphWriter(const Json& config, bool portable, std::vector<std::string>& problems)
      : config_(config),
        portable_(portable),
        layers_for_operations_(portable && !makes_masks(config)),
        problems_(problems) {
    // Keras 2 counts the call in which a model was made as number 0.
    for (const Json& layer : config["layers"])
      if (is_model(layer) && !layer["config"]["layers"].empty() &&
          layer["config"]["layers"][0].value("class_name", "") == "InputLayer")
        shifted_.insert(layer.value("name", ""));
  }

  Json write() {
    Json out = Json::object();
    out["name"] = config_.value("name", "model");
    out["trainable"] = config_.value("trainable", true);
    out["layers"] = Json::array();
    for (const Json& layer : config_["layers"]) out["layers"].push_back(layer_of(layer));
    out["input_layers"] = ends(config_["input_layers"], false);
    out["output_layers"] = ends(config_["output_layers"], true);
    return out;
  }

 private:
  Json layer_of(const Json& layer) {
    where_ = fmt::format("{} '{}'", layer.value("class_name", ""), layer.value("name", ""));
    Json nodes = Json::array();
    if (is_operation_object(layer)) {
      if (const Json same = layers_for_operations_ ? layer_for_operation(layer) : Json(); !same.is_null())
        return layer_of(same);
      if (portable_)
        problems_.push_back(
            where_ + ": Keras 2 and 3 write operations on tensors differently, and no layer does the same.");
      Json out = operation_to_keras2(
          layer, [&](const Json& tensor) { return triple(tensor); }, problems_);
      out["name"] = layer["name"];
      return out;
    }
    for (const Json& node : layer["inbound_nodes"]) {
      nodes.push_back(node_of(layer, node));
      if (portable_ && shifted_.count(layer.value("name", "")) != 0) nodes.push_back(nodes.back());
    }
    Json plain = layer;
    plain.erase("inbound_nodes");
    add_shapes(plain, layer["inbound_nodes"]);
    Json out = is_model(layer) ? convert(plain, portable_, problems_) : layer_to_keras2(plain, problems_);
    out["name"] = layer["name"];
    out["inbound_nodes"] = std::move(nodes);
    return out;
  }

  /// Keras 2's attention is built from shapes in its configuration.
  static void add_shapes(Json& layer, const Json& nodes) {
    if (layer.value("class_name", "") != "MultiHeadAttention" || nodes.empty()) return;
    const Json &args = nodes[0]["args"], &kwargs = nodes[0]["kwargs"];
    const auto shape = [](const Json& tensor) { return tensor["config"]["shape"]; };
    const Json query = args.empty() ? kwargs.at("query") : args[0];
    const Json value = args.size() > 1 ? args[1] : kwargs.value("value", query);
    const Json key = args.size() > 2 ? args[2] : kwargs.value("key", value);
    layer["config"]["query_shape"] = shape(query);
    layer["config"]["value_shape"] = shape(value);
    layer["config"]["key_shape"] = shape(key);
  }

  /// The number by which call `call` of a layer goes.
  int call_number(const std::string& layer, int call) const {
    if (shifted_.count(layer) == 0) return call;
    return portable_ ? 2 * call + 1 : call + 1;
  }

  Json triple(const Json& tensor) {
    const Json& history = tensor["config"]["keras_history"];
    used_.emplace(history[0].get<std::string>(), history[1].get<int>());
    return Json::array({history[0], call_number(history[0], history[1]), history[2]});
  }

  /// [[layer, call, tensor, keyword arguments], ...]
  Json node_of(const Json& layer, const Json& node) {
    Json list = Json::array(), kwargs = Json::object();
    std::vector<Json> states;
    const bool attention = layer.value("class_name", "") == "MultiHeadAttention";
    const Json& args = node["args"];
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (i > 0 && attention) {
        kwargs[i == 1 ? "value" : "key"] = triple(args[i]);
      } else {
        collect(args[i], list);
      }
    }
    if (node.contains("kwargs"))
      for (const auto& [key, value] : node["kwargs"].items()) {
        if (key == "initial_state") {
          Json more = Json::array();
          collect(value, more);
          for (const Json& state : more) states.push_back(state);
        } else if (attention && key == "query") {  // Keras 2's first argument has no name
          collect(value, list);
        } else {
          kwargs[key] = with_triples(value);
        }
      }
    bool tensors = !states.empty();
    for (const auto& [key, value] : kwargs.items()) tensors = tensors || value.is_array();
    if (tensors && portable_)
      problems_.push_back(where_ +
                          ": Keras 2 and 3 write tensors among the arguments of a call differently.");
    for (Json& state : states) list.push_back(std::move(state));
    // With each tensor: the last one's count. By the alphabet: Keras 2 follows them so, tf_keras from 2.18 on
    // as they stand here.
    const Json sorted = nlohmann::json(kwargs);
    for (Json& entry : list) entry.push_back(sorted);
    return list;
  }

  Json with_triples(const Json& value) {
    if (is_tensor(value)) return triple(value);
    Json out = value;
    if (value.is_array())
      for (Json& item : out) item = with_triples(item);
    return out;
  }

  void collect(const Json& value, Json& list) {
    if (is_tensor(value)) {
      list.push_back(triple(value));
    } else if (value.is_array()) {
      for (const Json& item : value) collect(item, list);
    }
  }

  /// Keras 2 writes a list for a single one, and reads it alone too; to Keras 3 the list would be a list of
  /// one.
  Json ends(const Json& json, bool output) {
    if (json.is_object()) {
      Json out = Json::object();
      for (const auto& [key, item] : json.items()) out[key] = end(item, output);
      return out;
    }
    Json out = Json::array();
    if (json.is_array() && !json.empty() && json[0].is_string()) {
      if (portable_) return end(json, output);
      out.push_back(end(json, output));
    } else {
      for (const Json& item : json) out.push_back(end(item, output));
    }
    return out;
  }
  Json end(const Json& entry, bool output) {
    Json out = entry;
    const std::string name = entry[0].get<std::string>();
    if (!output || shifted_.count(name) == 0) return out;
    bool functional = true;
    for (const Json& layer : config_["layers"])
      if (layer.value("name", "") == name) functional = layer.value("class_name", "") != "Sequential";
    // Keras 3 has counted functional outputs already.
    const int call = entry[1].get<int>() - (functional ? 1 : 0);
    out[1] = call_number(name, call);
    if (!portable_ || !functional) return out;
    // Among the outputs the same number is the same call to both, but not the one that layers refer to.
    out[1] = 2 * call + 2;
    if (used_.count({name, call}) != 0)
      problems_.push_back(
          fmt::format("the model '{}' is an output and goes on to further layers: Keras 2 and 3 number these "
                      "calls differently.",
                      name));
    return out;
  }

  const Json& config_;
  bool portable_;
  bool layers_for_operations_;
  std::vector<std::string>& problems_;
  std::set<std::string> shifted_;               ///< models whose calls Keras 2 counts from 1
  std::set<std::pair<std::string, int>> used_;  ///< calls that layers refer to
  std::string where_;
};

/// The name of Keras 2's function means another one to Keras 3.
void refuse_hard_sigmoid(const Json& layer, const std::string& where, std::vector<std::string>& problems) {
  if (!layer.is_structured()) return;
  for (const auto& [key, item] : layer.items()) {
    if (item == "hard_sigmoid" && key.ends_with("activation"))
      problems.push_back(where + ": hard_sigmoid computes something else in Keras 2 than in Keras 3.");
    refuse_hard_sigmoid(item, where, problems);
  }
}

Json convert(const Json& model, bool portable, std::vector<std::string>& problems) {
  Json out = Json::object();
  const std::string class_name = model.value("class_name", "");
  const Json& config = model["config"];
  out["module"] = "keras";
  out["class_name"] = class_name == "Functional" ? "Model" : class_name;
  if (class_name == "Sequential") {
    Json layers = Json::array();
    for (const Json& layer : config["layers"]) {
      layers.push_back(is_model(layer) ? convert(layer, portable, problems)
                                       : layer_to_keras2(layer, problems));
    }
    out["config"] = {{"name", config.value("name", "sequential")}, {"layers", std::move(layers)}};
    if (config.contains("build_input_shape"))
      out["config"]["build_input_shape"] = config["build_input_shape"];
  } else {
    out["config"] = GraphWriter(config, portable, problems).write();
  }
  out["registered_name"] = nullptr;
  return out;
}

}  // namespace

Json to_keras2(const Json& model, std::vector<std::string>& problems) {
  return convert(model, false, problems);
}
Json to_portable(const Json& model, std::vector<std::string>& problems) {
  Json out = convert(model, true, problems);
  for (const Json& layer : out["config"]["layers"])
    refuse_hard_sigmoid(
        layer, fmt::format("{} '{}'", layer.value("class_name", ""), layer["config"].value("name", "")),
        problems);
  return out;
}

namespace {

/// What the optimizers of before Keras 2.11 do not have: left out where it says nothing.
void drop_later_arguments(Json& arguments) {
  // Keras 2's RMSprop has another frequency, which says nothing without an average.
  if (arguments.value("use_ema", Json(false)) != true) {
    arguments.erase("ema_overwrite_frequency");
    arguments.erase("ema_momentum");
  }
  const Json later = {{"weight_decay", nullptr},    {"use_ema", false},
                      {"ema_momentum", 0.99},       {"ema_overwrite_frequency", nullptr},
                      {"clipnorm", nullptr},        {"clipvalue", nullptr},
                      {"global_clipnorm", nullptr}, {"jit_compile", false}};
  for (const auto& [argument, value] : later.items())
    if (arguments.contains(argument) && arguments[argument] == value) arguments.erase(argument);
}

/// For an optimizer that only they have.
void refuse_later_arguments(const std::string& name, Json& arguments, std::vector<std::string>& problems) {
  drop_later_arguments(arguments);
  for (const char* later : {"weight_decay", "use_ema"})
    if (arguments.contains(later))
      problems.push_back(
          fmt::format("the optimizer {} of older Keras does not have the argument {}.", name, later));
}

/// Nadam with the schedule of before Keras 2.11 is tf.keras's first one, which is still there.
void first_nadam_to_keras2(Json& optimizer, bool portable, std::vector<std::string>& problems) {
  if (portable)
    problems.push_back(
        "the optimizer Nadam with the momentum's schedule of older Keras: Keras 3 does not have it.");
  if (optimizer.contains("module")) optimizer["module"] = "keras.optimizers.legacy";
  Json& arguments = optimizer["config"];
  refuse_later_arguments("Nadam", arguments, problems);
  if (arguments["learning_rate"].is_object())
    problems.push_back("the optimizer Nadam of older Keras does not take a schedule of learning rates.");
  // tf_keras reads any `decay` as 0.004, and `schedule_decay` as it stands.
  if (arguments["decay"] != 0.004) {
    arguments["schedule_decay"] = arguments["decay"];
    arguments.erase("decay");
  }
}

/// RMSprop with epsilon behind the root is tf.keras's first one, which keeps its state in .h5 files alone: to
/// others goes the later one, which does nearly the same and keeps it.
void first_rmsprop_to_keras2(Json& optimizer, bool h5, bool portable, std::vector<std::string>& problems) {
  Json& arguments = optimizer["config"];
  if (!h5) {
    arguments.erase("decay");
    return;
  }
  if (portable)
    problems.push_back(
        "the optimizer RMSprop of older Keras adds epsilon behind the root: Keras 3's does not.");
  arguments["epsilon"] = std::sqrt(arguments["epsilon"].get<double>());
  refuse_later_arguments("RMSprop", arguments, problems);
}

}  // namespace

Json compile_config_to_keras2(const Json& config, bool portable, std::vector<std::string>& problems) {
  Json out = config;
  for (const char* key : {"optimizer", "optimizer_config"}) {
    const auto optimizer = out.find(key);
    if (optimizer == out.end() || !optimizer->is_object()) continue;
    // Keras 2 wraps the optimizer of a mixed_float16 model by itself.
    if (optimizer->value("class_name", "") == "LossScaleOptimizer") {
      const Json inner = (*optimizer)["config"].at("inner_optimizer");
      *optimizer = inner;
    }
    const std::string name = optimizer->value("class_name", "");
    for (const char* young : {"Lamb", "Muon", "MultiOptimizer", "ScheduleFreeAdamW"})
      if (name == young) problems.push_back(fmt::format("the optimizer {}: Keras 2 does not have it.", name));
    Json& arguments = (*optimizer)["config"];
    for (const char* young : {"loss_scale_factor", "gradient_accumulation_steps"}) {
      if (arguments.contains(young) && !arguments[young].is_null())
        problems.push_back(
            fmt::format("the optimizer {}: Keras 2 does not have the argument {}.", name, young));
      arguments.erase(young);
    }
    if (name == "Nadam" && arguments.contains("decay")) {
      first_nadam_to_keras2(*optimizer, portable, problems);
      continue;
    }
    const bool h5 = std::string(key) == "optimizer_config";
    if (name == "RMSprop" && arguments.contains("decay")) {
      first_rmsprop_to_keras2(*optimizer, h5, portable, problems);
      continue;
    }
    if (!h5) continue;
    if (portable) {
      // Keras 3 wants the plain name, which means the optimizers of before 2.11 to Keras 2: they know less.
      for (const char* later : {"AdamW", "Lion", "Adafactor"})
        if (name == later)
          problems.push_back(
              fmt::format("the optimizer {}: in .h5 files Keras 2 and 3 name it differently.", name));
      drop_later_arguments(arguments);
    } else if (name.find('>') == std::string::npos) {
      (*optimizer)["class_name"] = "Custom>" + name;
    }
  }
  for (const char* key : {"loss", "metrics", "weighted_metrics"}) {
    std::vector<const Json*> open{&out[key]};
    while (!open.empty()) {
      const Json* json = open.back();
      open.pop_back();
      if (json->is_object() && json->contains("class_name"))
        for (const char* young : {"CTC", "CategoricalGeneralizedCrossEntropy", "Circle", "Dice", "Tversky",
                                  "crossentropy", "ConcordanceCorrelation", "PearsonCorrelation"})
          if ((*json)["class_name"] == young)
            problems.push_back(fmt::format("{} {}: Keras 2 does not have it.", key, young));
      if (json->is_structured())
        for (const auto& [name, item] : json->items()) open.push_back(&item);
    }
  }
  return out;
}

}  // namespace rhyton
