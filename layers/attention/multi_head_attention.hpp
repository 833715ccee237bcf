#pragma once
/// @file multi_head_attention.hpp  keras.layers.MultiHeadAttention
#include "nn/arguments.hpp"
#include "nn/late_masks.hpp"
#include "nn/layer.hpp"
#include "nn/load_scope.hpp"

namespace rhyton {

struct MultiHeadAttentionConfig {
  std::int64_t num_heads = 0;
  std::int64_t key_dim = 0;                    ///< of one head
  std::optional<std::int64_t> value_dim = {};  ///< of one head; none: key_dim
  double dropout = 0.0;                        ///< of the attention scores
  bool use_bias = true;
  bool use_gate = false;                        ///< multiply what attention gives by sigmoid(query W + b)
  std::optional<Shape> output_shape = {};       ///< behind batch and query axes; none: as the query
  std::optional<AxisList> attention_axes = {};  ///< none: all but batch and features
  std::optional<std::int64_t> sliding_window = {};
  /// Taken and without meaning: the scores are never held as a whole here.
  std::optional<bool> flash_attention = {};
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("num_heads", num_heads).required("key_dim", key_dim);
    f("value_dim", value_dim)("dropout", dropout)("use_bias", use_bias)("use_gate", use_gate);
    f("output_shape", output_shape)("attention_axes", attention_axes)("sliding_window", sliding_window);
    if (f.reads()) f("flash_attention", flash_attention);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint)("seed", seed);
  }
};

/// Attention of several heads (Vaswani et al., 2017): softmax(q k^T / sqrt(key_dim)) v on projections of
/// query, value and key (the value if none is given), then projected back.
/// Called on (batch, queries..., features) and (batch, keys..., features); arguments `attention_mask`
/// (batch, queries, keys), `use_causal_mask`, `return_attention_scores` (a second output
/// (batch, heads, queries, keys)). The masks of query, value and key forbid pairs; the query's is passed on.
/// Weights: kernel and bias of the layers query, key, (gate,) value and attention_output.
class MultiHeadAttention final : public LayerOf<MultiHeadAttention, MultiHeadAttentionConfig>,
                                 public LateMasks {
 public:
  static constexpr const char* keras_name = "MultiHeadAttention";
  explicit MultiHeadAttention(Config config);

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool is_composite() const override { return true; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const override;
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::all}; }
  bool takes_inputs_singly() const override { return true; }
  /// Those of query, value and key; none in Keras 2.
  std::vector<int> taken_masks(const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
  /// The inner layers', not this one's.
  Regularizer activity_regularizer() const override { return {}; }

 private:
  Shape attention_axes(int rank) const;

  LayerRef query_, key_, gate_, value_, output_;
  bool keras2_ = LoadScope::dialect() == Dialect::keras2;
};

}  // namespace rhyton
