#pragma once
/// @file grouped_query_attention.hpp  keras.layers.GroupQueryAttention
#include "nn/late_masks.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct GroupQueryAttentionConfig {
  std::int64_t head_dim = 0, num_query_heads = 0, num_key_value_heads = 0;
  bool use_bias = true;
  bool use_gate = false;  ///< multiply what attention gives by sigmoid(query W + b)
  std::optional<std::int64_t> sliding_window = {};
  double dropout = 0.0;  ///< of the attention scores
  /// Taken and without meaning: the scores are never held as a whole here.
  std::optional<bool> flash_attention = {};
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("head_dim", head_dim).required("num_query_heads", num_query_heads);
    f.required("num_key_value_heads", num_key_value_heads);
    f("use_bias", use_bias)("use_gate", use_gate)("sliding_window", sliding_window)("dropout", dropout);
    if (f.reads()) f("flash_attention", flash_attention);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint)("seed", seed);
  }
};

/// Attention whose query heads share keys and values in groups (Ainslie et al., 2023). Arguments and masks as
/// in MultiHeadAttention, on (batch, queries, features) and (batch, keys, features).
/// Weights: kernel and bias of the layers query, key, (gate,) value and attention_output.
class GroupQueryAttention final : public LayerOf<GroupQueryAttention, GroupQueryAttentionConfig>,
                                  public LateMasks {
 public:
  static constexpr const char* keras_name = "GroupQueryAttention";
  explicit GroupQueryAttention(Config config);

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool is_composite() const override { return true; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const override;
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::all}; }
  bool takes_inputs_singly() const override { return true; }
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;

 private:
  LayerRef query_, key_, gate_, value_, output_;
};

}  // namespace rhyton
