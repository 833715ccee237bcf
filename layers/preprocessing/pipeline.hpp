#pragma once
/// @file pipeline.hpp  keras.layers.Pipeline
#include "nn/layer.hpp"
#include "nn/layer_config.hpp"

namespace rhyton {

struct PipelineConfig {
  std::vector<LayerRef> layers = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("layers", layers); }
};

/// Layers one after the other, as one.
class Pipeline final : public LayerOf<Pipeline, PipelineConfig> {
 public:
  static constexpr const char* keras_name = "Pipeline";
  explicit Pipeline(Config config);

  void build(const CallSpec& spec) override;
  bool takes(DType dtype) const override { return config_.layers.front()->takes(dtype); }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  bool is_composite() const override { return true; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
  /// As Keras has it, without `trainable` and `dtype`.
  void write_config(ConfigWriter& writer) const override;
};

}  // namespace rhyton
