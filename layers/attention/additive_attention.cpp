#include "layers/attention/additive_attention.hpp"

#include "nn/ops/plain_attention.hpp"
#include "nn/ops/random_op.hpp"

namespace rhyton {

namespace {
ops::PlainAttention plain(const AdditiveAttentionConfig& config, int scale) {
  return {true, config.dropout, -1, scale};
}
}  // namespace

AdditiveAttention::AdditiveAttention(Config config) : LayerOf(std::move(config)) {
  ops::check_rate(*this, "dropout", config_.dropout);
}

void AdditiveAttention::build(const Shapes& input_shapes) {
  ops::check_plain_attention(*this, input_shapes);
  if (config_.use_scale) scale_ = add_weight("scale", {known_axis(input_shapes, -1)}, {"glorot_uniform"});
}

std::vector<TensorSpec> AdditiveAttention::compute_output_spec(const CallSpec& spec) const {
  return ops::plain_attention_spec(*this, spec);
}

void AdditiveAttention::prepare(Prepare& p) const { ops::prepare_plain_attention(p, plain(config_, scale_)); }
void AdditiveAttention::call(Call& c) const { ops::call_plain_attention(c, plain(config_, scale_)); }
void AdditiveAttention::backward(Backward& b) const {
  ops::backward_plain_attention(b, plain(config_, scale_));
}

}  // namespace rhyton
