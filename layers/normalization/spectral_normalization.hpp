#pragma once
/// @file spectral_normalization.hpp  keras.layers.SpectralNormalization
#include "nn/layer.hpp"
#include "nn/layer_config.hpp"

namespace rhyton {

struct SpectralNormalizationConfig {
  LayerRef layer = {};
  std::int64_t power_iterations = 1;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("layer", layer)("power_iterations", power_iterations); }
};

/// Divides a layer's kernel (or embeddings) by its largest singular value before every training call (Miyato
/// et al., 2018), which power iteration follows from call to call. The layer then runs on the divided kernel,
/// which takes the old one's place.
/// Weights: the layer's kernel, vector_u (1, last axis of the kernel); the layer's others.
class SpectralNormalization final : public LayerOf<SpectralNormalization, SpectralNormalizationConfig> {
 public:
  static constexpr const char* keras_name = "SpectralNormalization";
  explicit SpectralNormalization(Config config);
  explicit SpectralNormalization(LayerRef layer) : SpectralNormalization(Config{.layer = std::move(layer)}) {}

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool takes(DType dtype) const override { return config_.layer->takes(dtype); }
  bool expands() const override { return true; }
  SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                         const CallSpec& spec) const override;
  bool has_backward() const override { return config_.layer->has_backward(); }
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override {
    return {{"layer", config_.layer.share()}};
  }
};

}  // namespace rhyton
