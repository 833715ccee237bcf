#pragma once
/// @file time_distributed.hpp  keras.layers.TimeDistributed
#include "nn/layer_config.hpp"

namespace rhyton {

struct TimeDistributedConfig {
  LayerRef layer = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("layer", layer); }
};

/// A layer applied to every step: (batch, steps, ...) -> (batch, steps, ...), with one set of weights.
class TimeDistributed final : public LayerOf<TimeDistributed, TimeDistributedConfig> {
 public:
  static constexpr const char* keras_name = "TimeDistributed";
  explicit TimeDistributed(Config config);
  explicit TimeDistributed(LayerRef layer) : TimeDistributed(Config{.layer = std::move(layer)}) {}

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
  bool has_backward() const override { return config_.layer->has_backward(); }
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  bool takes(DType dtype) const override { return config_.layer->takes(dtype); }

  bool expands() const override { return true; }
  SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                         const CallSpec& spec) const override;

 private:
  CallSpec step_call(const CallSpec& spec) const;
  bool passes_mask() const;
};

}  // namespace rhyton
