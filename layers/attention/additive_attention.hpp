#pragma once
/// @file additive_attention.hpp  keras.layers.AdditiveAttention
#include "nn/late_masks.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct AdditiveAttentionConfig {
  bool use_scale = true;
  double dropout = 0.0;  ///< of the attention scores
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("use_scale", use_scale)("dropout", dropout)("seed", seed); }
};

/// softmax(sum(scale tanh(query + key))) value (Bahdanau et al., 2015), called on [query, value] or
/// [query, value, key]: (batch, queries, features), (batch, keys, values), (batch, keys, features) ->
/// (batch, queries, values). Arguments and masks as in Attention.
/// Weights: scale (features) if `use_scale`.
class AdditiveAttention final : public LayerOf<AdditiveAttention, AdditiveAttentionConfig>, public LateMasks {
 public:
  static constexpr const char* keras_name = "AdditiveAttention";
  explicit AdditiveAttention(Config config = {});

  void build(const Shapes& input_shapes) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::all}; }

 private:
  int scale_ = -1;
};

}  // namespace rhyton
