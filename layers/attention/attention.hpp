#pragma once
/// @file attention.hpp  keras.layers.Attention
#include "nn/late_masks.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct AttentionConfig {
  bool use_scale = false;
  std::string score_mode = "dot";  ///< or "concat": weight sum(tanh(scale (query + key)))
  double dropout = 0.0;            ///< of the attention scores
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("use_scale", use_scale)("score_mode", score_mode)("dropout", dropout)("seed", seed);
  }
};

/// softmax(scale query key^T) value (Luong et al., 2015), called on [query, value] or [query, value, key]:
/// (batch, queries, features), (batch, keys, values), (batch, keys, features) -> (batch, queries, values).
/// Arguments `use_causal_mask` and `return_attention_scores` (a second output (batch, queries, keys)). The
/// value's mask hides keys, the query's mask zeroes the output and is passed on.
/// Weights: scale () if `use_scale`, concat_score_weight () in mode "concat".
class Attention final : public LayerOf<Attention, AttentionConfig>, public LateMasks {
 public:
  static constexpr const char* keras_name = "Attention";
  explicit Attention(Config config = {});

  void build(const Shapes& input_shapes) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::all}; }

 private:
  int scale_ = -1, concat_score_weight_ = -1;
};

}  // namespace rhyton
