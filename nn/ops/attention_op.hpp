#pragma once
/// @file attention_op.hpp  Attention on projected queries, keys and values as a step: what every attention
/// layer ends in.
#include "nn/kernels/attention.hpp"
#include "nn/layer.hpp"
#include "nn/partial_outputs.hpp"

namespace rhyton::ops {

/// Roles of the boolean inputs that may follow q, k and v.
inline constexpr const char* mask_roles[] = {"query_mask", "value_mask", "key_mask", "attention_mask"};

struct AttentionOptions {
  double scale = 1.0;
  /// Axes of q, k and v that attend, in order; all others but the last two (heads, features) are batch.
  Shape axes = {1};
  bool additive = false;
  Dim window = 0;
  double dropout = 0.0;
  /// Whether a query without keys gets zeros (Keras does so where it forms the scores).
  MaskedScores masked = MaskedScores::replace;
};

/// The step: inputs q (batch..., queries..., heads, features), k, v and masks by role; flags
/// "use_causal_mask", "return_attention_scores", "training". Output 0 is shaped as q with v's features,
/// output 1 (if scores are returned) is (batch..., heads, queries..., keys...).
class AttentionCore final : public Layer, public PartialOutputs {
 public:
  AttentionCore(std::string name, const AttentionOptions& options)
      : Layer(std::move(name), true, ""), o_(options) {}
  std::string class_name() const override { return "AttentionCore"; }
  void write_config(ConfigWriter&) const override {}

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;
  /// The scores know nothing of the values.
  bool depends(int output, int input) const override { return output == 0 || input != 2; }

 private:
  AttentionOptions o_;
};

/// Keras's masks of an attention's inputs and its own, as the kernel takes them: `batch`, `heads`, `queries`
/// and `keys` are the sizes of the scores' axes. Throws ValueError where a mask does not fit.
AttentionMask query_mask(const Shape& mask, const Shape& batch, Dim queries);
AttentionMask key_mask(const Shape& mask, const Shape& batch, Dim keys);
AttentionMask pair_mask(const Shape& mask, const Shape& batch, Dim heads, const Shape& queries,
                        const Shape& keys);

}  // namespace rhyton::ops
