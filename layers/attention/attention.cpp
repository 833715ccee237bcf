#include "layers/attention/attention.hpp"

#include "nn/arguments.hpp"
#include "nn/ops/plain_attention.hpp"
#include "nn/ops/random_op.hpp"

namespace rhyton {

namespace {
ops::PlainAttention plain(const AttentionConfig& config, int scale, int weight) {
  return {config.score_mode == "concat", config.dropout, scale, weight};
}
}  // namespace

Attention::Attention(Config config) : LayerOf(std::move(config)) {
  try {
    check_choice("score_mode", config_.score_mode, {"dot", "concat"});
  } catch (const ValueError& error) {
    fail(error.what());
  }
  ops::check_rate(*this, "dropout", config_.dropout);
}

void Attention::build(const Shapes& input_shapes) {
  ops::check_plain_attention(*this, input_shapes);
  if (config_.use_scale) scale_ = add_weight("scale", {}, {"ones"});
  if (config_.score_mode == "concat") concat_score_weight_ = add_weight("concat_score_weight", {}, {"ones"});
}

std::vector<TensorSpec> Attention::compute_output_spec(const CallSpec& spec) const {
  return ops::plain_attention_spec(*this, spec);
}

void Attention::prepare(Prepare& p) const {
  ops::prepare_plain_attention(p, plain(config_, scale_, concat_score_weight_));
}
void Attention::call(Call& c) const {
  ops::call_plain_attention(c, plain(config_, scale_, concat_score_weight_));
}
void Attention::backward(Backward& b) const {
  ops::backward_plain_attention(b, plain(config_, scale_, concat_score_weight_));
}

}  // namespace rhyton
