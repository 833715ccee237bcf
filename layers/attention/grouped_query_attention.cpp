#include "layers/attention/grouped_query_attention.hpp"

#include <cmath>

#include "nn/ops/projection.hpp"
#include "nn/ops/random_op.hpp"

namespace rhyton {

GroupQueryAttention::GroupQueryAttention(Config config) : LayerOf(std::move(config)) {
  expect_positive("head_dim", config_.head_dim);
  expect_positive("num_query_heads", config_.num_query_heads);
  expect_positive("num_key_value_heads", config_.num_key_value_heads);
  if (config_.sliding_window) expect_positive("sliding_window", *config_.sliding_window);
  if (config_.num_query_heads % config_.num_key_value_heads != 0)
    fail(
        "`num_query_heads` must be a multiple of `num_key_value_heads`. Received: "
        "num_query_heads={}, num_key_value_heads={}.",
        config_.num_query_heads, config_.num_key_value_heads);
  ops::check_rate(*this, "dropout", config_.dropout);
}

void GroupQueryAttention::build(const CallSpec& spec) {
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  const Shape &q = spec.shape(at.query), &v = spec.shape(at.value), &k = spec.shape(at.key);
  if (q.rank() != 3) fail("expected inputs (batch, sequence, features). Received: query {}.", to_string(q));
  const Shape queries{config_.num_query_heads, config_.head_dim},
      keys{config_.num_key_value_heads, config_.head_dim};
  const ops::Projections make(*this, config_);
  query_ = make("query", q, 1, queries);
  key_ = make("key", k, 1, keys);
  if (config_.use_gate) gate_ = make("gate", q, 1, queries, "sigmoid");
  value_ = make("value", v, 1, keys);
  output_ = make("attention_output", q.slice(0, 2).concat(queries), 2, {q[-1]});
}

std::vector<TensorSpec> GroupQueryAttention::compute_output_spec(const CallSpec& spec) const {
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  if (spec.flag("return_attention_scores").value_or(false)) return Layer::compute_output_spec(spec);
  return {{spec.shape(at.query), real_dtype(spec)}};
}

SymbolicTensors GroupQueryAttention::compose(const SymbolicTensors& inputs, const CallSpec& spec) const {
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  const auto input = [&](int i) { return inputs[static_cast<std::size_t>(i)]; };
  ops::AttentionOptions options;
  options.scale = 1.0 / std::sqrt(static_cast<double>(config_.head_dim));
  options.window = config_.sliding_window.value_or(0);
  options.dropout = config_.dropout;
  // Keras forms the scores only in these cases.
  const bool forms_scores = config_.dropout > 0.0 || spec.flag("return_attention_scores").value_or(false);
  options.masked = forms_scores ? MaskedScores::zero : MaskedScores::replace;
  SymbolicTensors outputs =
      ops::attend(name(), options, inputs, spec, at,
                  {query_(input(at.query)), key_(input(at.key)), value_(input(at.value))});
  if (gate_) outputs[0] = ops::multiply(outputs[0], gate_(input(at.query)));
  outputs[0] = ops::with_query_mask(output_(outputs[0]), inputs, spec, at);
  return outputs;
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> GroupQueryAttention::sublayers() const {
  if (!query_) return {};
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> out{{"_query_dense", query_.share()},
                                                                  {"_key_dense", key_.share()}};
  if (gate_) out.emplace_back("_gate_dense", gate_.share());
  out.emplace_back("_value_dense", value_.share());
  out.emplace_back("_output_dense", output_.share());
  return out;
}

}  // namespace rhyton
