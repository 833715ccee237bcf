#include "serialization/model_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "layers/core/input_layer.hpp"
#include "layers/operations/operation_layer.hpp"
#include "nn/graph/order.hpp"
#include "serialization/keras2_config.hpp"
#include "serialization/load_report.hpp"
#include "serialization/operation_rewrites.hpp"

namespace rhyton {

namespace {

/// Arguments that came after Keras 3.0, with their defaults; of one class only where others have had them
/// always.
struct YoungKey {
  std::string_view key;
  const char* value;
  std::string_view class_name = {};
};
constexpr YoungKey young_keys[] = {
    {"input_axes", "null"},
    {"output_axes", "null"},
    {"quantization_config", "null"},
    {"renorm", "false"},
    {"renorm_clipping", "null"},
    {"renorm_momentum", "0.99"},
    {"sliding_window", "null"},
    {"use_gate", "false"},
    {"rms_scaling", "false"},
    {"optional", "false"},
    {"ragged", "false"},
    {"antialias", "false"},
    {"synchronized", "false"},
    {"flash_attention", "null"},
    {"lora_rank", "null"},
    {"lora_alpha", "null"},
    {"gptq_unpacked_column_size", "null"},
    {"oov_method", "\"floormod\""},
    {"salt", "null"},
    {"pad_to_aspect_ratio", "false"},
    {"use_cudnn", "\"auto\""},
    {"from_sorted_ids", "false"},
    {"bounding_box_format", "null"},
    {"axis", "-1", "SparseCategoricalCrossentropy"},
    {"ignore_class", "null", "SparseCategoricalCrossentropy"},
    {"axis", "null", "Dice"},
    {"axis", "null", "Tversky"},
    {"seed", "null", "MultiHeadAttention"},
    {"seed", "null", "GroupQueryAttention"},
    {"seed", "null", "GroupedQueryAttention"},
    {"fill_mode", "\"constant\"", "Resizing"},
    {"fill_value", "0.0", "Resizing"},
    {"sparse", "false", "CategoryEncoding"},
    {"value_range", "[0,255]", "RandomContrast"},
    {"data_format", "\"channels_last\"", "RandomBrightness"},
    {"data_format", "\"channels_last\"", "RandomContrast"},
    {"data_format", "\"channels_last\"", "RandomFlip"},
    {"data_format", "\"channels_last\"", "ZeroPadding1D"},
};

/// Until 3.6 the class had the other of its two names; for one without arguments a string says it.
void rename_orthogonal(Json& json) {
  if (json.value("class_name", Json()) != "Orthogonal" || !json.contains("config")) return;
  const Json& config = json["config"];
  if (config.is_object() && config.value("gain", 1.0) == 1.0 && config.value("seed", Json()).is_null())
    json = "orthogonal";
  else
    json["class_name"] = "OrthogonalInitializer";
}

/// `class_name`: of the object whose configuration this is.
void prune(Json& json, const std::string& class_name = {}) {
  if (json.is_array()) {
    for (Json& item : json) prune(item);
  } else if (json.is_object()) {
    for (const auto& young : young_keys)
      if (const auto found = json.find(young.key);
          found != json.end() && (young.class_name.empty() || young.class_name == class_name) &&
          *found == parse_json(young.value))
        json.erase(found);
    const auto name = json.find("class_name");
    const std::string own = name != json.end() && name->is_string() ? name->get<std::string>() : "";
    for (auto& [key, item] : json.items()) prune(item, key == "config" ? own : std::string());
    rename_orthogonal(json);
  }
}

void count_uses(const GraphLayer& model, std::map<const Layer*, int>& uses) {
  for (const auto& layer : model.layers()) {
    if (++uses[layer.get()] > 1) continue;
    if (const auto* inner = dynamic_cast<const GraphLayer*>(layer.get())) count_uses(*inner, uses);
  }
}

void mark_shared(const GraphLayer& model, Json& object, std::map<const Layer*, int>& ids,
                 const std::map<const Layer*, int>& uses) {
  Json& list = object["config"]["layers"];
  // A Sequential lists its Input only in the configuration.
  const std::size_t offset = list.size() - model.layers().size();
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer* layer = model.layers()[i].get();
    Json& json = list[i + offset];
    if (uses.at(layer) > 1)
      json["shared_object_id"] = ids.emplace(layer, static_cast<int>(ids.size()) + 1).first->second;
    if (const auto* inner = dynamic_cast<const GraphLayer*>(layer)) mark_shared(*inner, json, ids, uses);
  }
}

/// The number behind a name that Keras could have given: 0 of "any", 2 of "any_2"; -1 of other names.
int automatic_number(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix)) return -1;
  const std::string rest = name.substr(prefix.size());
  if (rest.empty()) return 0;
  const bool digits = rest.size() > 1 && rest.size() < 6 &&
                      std::all_of(rest.begin() + 1, rest.end(), [](char c) { return c >= '0' && c <= '9'; });
  return rest[0] == '_' && digits ? std::stoi(rest.substr(1)) : -1;
}

/// Reading a graph with masks, Keras makes operations that compute them, and names these by counting: names
/// that the file gives to layers do not count, so "concatenate" may be there twice, which Keras refuses.
/// What has no name counts, called or not.
void reserve_names(const GraphLayer& model, FileDialect dialect, Json& object) {
  Json& list = object["config"]["layers"];
  const std::size_t offset = list.size() - model.layers().size();
  for (std::size_t i = 0; i < model.layers().size(); ++i)
    if (const auto* inner = dynamic_cast<const GraphLayer*>(model.layers()[i].get()))
      reserve_names(*inner, dialect, list[i + offset]);
  const auto has_mask = [](const auto& node) {
    return std::any_of(node->inputs.begin(), node->inputs.end(),
                       [](const auto& x) { return x.mask_shape().has_value(); });
  };
  if (!object["config"].contains("input_layers") ||
      !std::any_of(model.nodes().begin(), model.nodes().end(), has_mask))
    return;
  const std::string layers = "keras.layers", operations = "keras.src.ops.numpy";
  const auto reserve = [&](const std::string& module, const char* class_name, const Json& config) {
    int highest = -1;
    for (const auto& layer : model.layers())
      highest = std::max(highest, automatic_number(layer->name(), snake_case(class_name)));
    for (int i = 0; i <= highest; ++i)
      list.push_back({{"module", module},
                      {"class_name", class_name},
                      {"config", config},
                      {"registered_name", module == layers ? Json() : Json(class_name)},
                      {"name", fmt::format("reserved: {} {}", snake_case(class_name), i)},
                      {"inbound_nodes", Json::array()}});
  };
  // The layer and the operation count together; Keras 2 has only the layer.
  reserve(layers, "Concatenate", {{"axis", -1}});
  if (dialect == FileDialect::portable) return;
  reserve(operations, "ExpandDims", {{"axis", -1}});
  for (const char* operation : {"Any", "LogicalOr", "NotEqual", "OnesLike", "Squeeze", "Where", "ZerosLike"})
    reserve(operations, operation, Json::object());
}

/// The layers as the newest Keras 3 orders them, or Keras 2. They differ where operations on masks count, and
/// where attention is called on several branches.
std::vector<std::shared_ptr<Layer>> layers_in(const Functional& model, Dialect dialect) {
  if (dialect == Dialect::keras3 && model.newest_order()) return model.layers();
  return graph_order(model.inputs(), model.outputs(), dialect).layers;
}

/// Whether weights, which go by the order of layers, have one order: inputs and operations have none.
bool same_weights(const std::vector<std::shared_ptr<Layer>>& a,
                  const std::vector<std::shared_ptr<Layer>>& b) {
  const auto without_others = [](std::vector<std::shared_ptr<Layer>> layers) {
    std::erase_if(layers, [](const auto& layer) {
      return dynamic_cast<const OperationLayer*>(layer.get()) || dynamic_cast<const InputLayer*>(layer.get());
    });
    return layers;
  };
  return a == b || without_others(a) == without_others(b);
}

void refuse_other_orders(const GraphLayer& model, FileDialect dialect, std::vector<std::string>& problems) {
  for (const auto& layer : model.layers())
    if (const auto* inner = dynamic_cast<const GraphLayer*>(layer.get()))
      refuse_other_orders(*inner, dialect, problems);
  const auto* functional = dynamic_cast<const Functional*>(&model);
  if (functional == nullptr) return;
  const bool for_keras2 = dialect != FileDialect::keras3, for_keras3 = dialect != FileDialect::keras2;
  if ((for_keras2 && !same_weights(layers_in(*functional, Dialect::keras2), model.layers())) ||
      (for_keras3 && !same_weights(layers_in(*functional, Dialect::keras3), model.layers())))
    problems.push_back(
        fmt::format("the model '{}': its layers, and with them its weights, have another order in Keras 2 "
                    "than in Keras 3 (which from 3.4 on counts operations on masks, and follows arguments of "
                    "attention as they were given).",
                    model.name()));
}

}  // namespace

void leave_out_young(Json& json) { prune(json); }

std::shared_ptr<const GraphLayer> graph_for(const GraphLayer& model, FileDialect dialect) {
  std::shared_ptr<const GraphLayer> same(std::shared_ptr<void>(), &model);
  const auto* functional = dynamic_cast<const Functional*>(&model);
  if (functional == nullptr) return same;
  const bool keras2 = dialect == FileDialect::keras2;
  auto layers = layers_in(*functional, keras2 ? Dialect::keras2 : Dialect::keras3);
  if (layers == model.layers()) return same;
  auto out = std::make_shared<Functional>(model.inputs(), model.outputs(), model.name(), model.trainable());
  out->input_structure = functional->input_structure;
  out->output_structure = functional->output_structure;
  out->input_keys = functional->input_keys;
  out->output_keys = functional->output_keys;
  out->set_layer_order(std::move(layers), !keras2);
  return out;
}

void refuse_to_write(const std::string& name, FileDialect dialect, const std::vector<std::string>& problems) {
  LoadReport report;
  for (const auto& problem : problems) report.unsupported(problem);
  report.check(name, dialect == FileDialect::keras3   ? "cannot be written for Keras 3"
                     : dialect == FileDialect::keras2 ? "cannot be written for Keras 2"
                                                      : "cannot be written for Keras 2 and 3 in one file");
}

Json model_object(const GraphLayer& model, bool share, FileDialect dialect) {
  Json object = object_to_json(model, model.keras_module());
  if (model.class_name() == "Functional") object["registered_name"] = "Functional";
  if (share) {
    std::map<const Layer*, int> uses, ids;
    count_uses(model, uses);
    mark_shared(model, object, ids, uses);
  }
  leave_out_young(object);
  std::vector<std::string> problems;
  refuse_other_orders(model, dialect, problems);
  if (dialect == FileDialect::keras3)
    rewrite_operations_for_keras3(object, problems);
  else
    object = dialect == FileDialect::portable ? to_portable(object, problems) : to_keras2(object, problems);
  refuse_to_write(model.name(), dialect, problems);
  if (dialect != FileDialect::keras2) reserve_names(model, dialect, object);
  return object;
}

}  // namespace rhyton
