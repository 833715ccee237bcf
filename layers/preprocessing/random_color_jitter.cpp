#include "layers/preprocessing/random_color_jitter.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rhyton {

RandomColorJitter::RandomColorJitter(Config config) : RandomImageLayer(std::move(config)) {
  const std::pair<const char*, const std::optional<Factor>*> parts[] = {
      {"RandomBrightness", &config_.brightness_factor},
      {"RandomContrast", &config_.contrast_factor},
      {"RandomSaturation", &config_.saturation_factor},
      {"RandomHue", &config_.hue_factor}};
  for (const auto& [class_name, factor] : parts) {
    if (!*factor) continue;
    Json arguments = Json::object();
    ConfigWriter writer(arguments);
    writer("name", fmt::format("{}/{}", name(), snake_case(class_name)))("factor", **factor);
    writer("value_range", config_.value_range)("seed", config_.seed);
    try {
      parts_.emplace_back(Registry<Layer>::global().make(class_name, arguments));
    } catch (const ValueError& error) {
      fail(error.what());
    }
  }
}

SymbolicTensors RandomColorJitter::compose(const SymbolicTensors& inputs, const CallSpec& spec) const {
  std::vector<std::pair<std::string, bool>> flags;
  if (const auto training = spec.flag("training")) flags.emplace_back("training", *training);
  SymbolicTensors x{inputs[0]};
  for (const LayerRef& part : parts_) x = {call_layer(part, x, {""}, flags)};
  return x;
}

}  // namespace rhyton
