#pragma once
/// @file bidirectional.hpp  keras.layers.Bidirectional
#include "nn/layer_config.hpp"
#include "nn/load_scope.hpp"
#include "nn/recurrent.hpp"

namespace rhyton {

struct BidirectionalConfig {
  LayerRef layer = {};
  /// "concat", "sum", "mul", "ave", or none: two outputs.
  std::optional<std::string> merge_mode = "concat";
  /// None: made from `layer`.
  LayerRef backward_layer = {};
  bool time_major = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("layer", layer)("merge_mode", merge_mode)("backward_layer", backward_layer);
    if (f.reads()) f("time_major", time_major);
  }
};

/// A recurrent layer in both directions, each with its own weights, made anew from `layer`'s configuration:
/// outputs merged, then the final states of the forward and of the backward layer with return_state. Initial
/// states: the forward layer's, then the backward layer's.
class Bidirectional final : public LayerOf<Bidirectional, BidirectionalConfig> {
 public:
  static constexpr const char* keras_name = "Bidirectional";
  explicit Bidirectional(Config config);
  explicit Bidirectional(LayerRef layer) : Bidirectional(Config{.layer = std::move(layer)}) {}

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
  bool has_backward() const override;

  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  MaskRule mask_rule(const CallSpec& spec) const override;
  std::optional<Shape> mask_shape(const CallSpec& spec, int output) const override;

  bool expands() const override { return true; }
  SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                         const CallSpec& spec) const override;

 private:
  RecurrentOptions options() const;
  CallSpec half_call(const CallSpec& spec, bool backward) const;

  bool keras2_ = LoadScope::dialect() == Dialect::keras2;
};

}  // namespace rhyton
