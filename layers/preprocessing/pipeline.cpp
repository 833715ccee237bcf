#include "layers/preprocessing/pipeline.hpp"

#include <map>

namespace rhyton {

Pipeline::Pipeline(Config config) : LayerOf(std::move(config)) {
  if (config_.layers.empty()) fail("`layers` must hold at least one layer.");
  for (const LayerRef& layer : config_.layers)
    if (!layer) fail("`layers` must hold layers only. Received: None.");
}

void Pipeline::build(const CallSpec& spec) {
  CallSpec next = spec;
  for (const LayerRef& layer : config_.layers) {
    layer->ensure_built(next);
    next.inputs = {layer->compute_output_spec(next).at(0)};
    next.roles.resize(1);
    next.masks.resize(1);
  }
}

SymbolicTensors Pipeline::compose(const SymbolicTensors& inputs, const CallSpec& spec) const {
  std::vector<std::pair<std::string, bool>> flags;
  if (const auto training = spec.flag("training")) flags.emplace_back("training", *training);
  SymbolicTensors x{inputs[0]};
  for (const LayerRef& layer : config_.layers) x = {call_layer(layer, x, {""}, flags)};
  return x;
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> Pipeline::sublayers() const {
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> out;
  std::map<std::string, int> count;
  for (const LayerRef& layer : config_.layers) {
    std::string name = snake_case(layer->class_name());
    if (const int k = count[name]++; k > 0) name += "_" + std::to_string(k);
    out.emplace_back("_pipeline_layers/" + name, layer.share());
  }
  return out;
}

void Pipeline::write_config(ConfigWriter& writer) const { writer("layers", config_.layers)("name", name()); }

}  // namespace rhyton
