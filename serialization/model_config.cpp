#include "serialization/model_config.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "serialization/keras2_config.hpp"
#include "serialization/load_report.hpp"

namespace rhyton {

namespace {

/// Arguments that came after Keras 3.0, with their defaults.
struct YoungKey {
  std::string_view key;
  const char* value;
};
constexpr YoungKey young_keys[] = {
    {"input_axes", "null"},     {"output_axes", "null"},     {"quantization_config", "null"},
    {"renorm", "false"},        {"renorm_clipping", "null"}, {"renorm_momentum", "0.99"},
    {"sliding_window", "null"}, {"use_gate", "false"},       {"rms_scaling", "false"},
    {"optional", "false"},      {"ragged", "false"},         {"antialias", "false"},
    {"synchronized", "false"},
};

void prune(Json& json) {
  if (json.is_array()) {
    for (Json& item : json) prune(item);
  } else if (json.is_object()) {
    for (const auto& young : young_keys)
      if (const auto found = json.find(young.key); found != json.end() && *found == Json::parse(young.value))
        json.erase(found);
    for (auto& [key, item] : json.items()) prune(item);
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

}  // namespace

Json model_object(const GraphLayer& model, bool share, FileDialect dialect) {
  Json object = object_to_json(model, model.keras_module());
  if (model.class_name() == "Functional") object["registered_name"] = "Functional";
  if (share) {
    std::map<const Layer*, int> uses, ids;
    count_uses(model, uses);
    mark_shared(model, object, ids, uses);
  }
  prune(object["config"]);
  if (dialect == FileDialect::keras3) return object;
  std::vector<std::string> problems;
  Json old = dialect == FileDialect::portable ? to_portable(object, problems) : to_keras2(object, problems);
  LoadReport report;
  for (auto& problem : problems) report.unsupported(std::move(problem));
  report.check(model.name(), "cannot be written for Keras 2");
  return old;
}

}  // namespace rhyton
