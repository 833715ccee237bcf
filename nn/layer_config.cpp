#include "nn/layer_config.hpp"

#include <nlohmann/json.hpp>

namespace rhyton {

void from_config(const Json& json, LayerRef& value) {
  value = json.is_null() ? LayerRef() : LayerRef(Registry<Layer>::global().make_from_json(json));
}

void to_config(Json& json, const LayerRef& value) {
  json = value ? object_to_json(*value, value->keras_module()) : Json();
}

LayerRef clone_layer(const Layer& layer, const std::vector<std::pair<std::string, Json>>& changes) {
  Json config = layer.get_config();
  for (const auto& [key, value] : changes) config[key] = value;
  return Registry<Layer>::global().make(layer.class_name(), config);
}

}  // namespace rhyton
