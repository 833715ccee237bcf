#include "layers/attention/multi_head_attention.hpp"

#include <cmath>
#include <set>

#include "nn/ops/attention_op.hpp"
#include "nn/ops/projection.hpp"
#include "nn/ops/random_op.hpp"

namespace rhyton {

MultiHeadAttention::MultiHeadAttention(Config config) : LayerOf(std::move(config)) {
  expect_positive("num_heads", config_.num_heads);
  expect_positive("key_dim", config_.key_dim);
  if (!config_.value_dim) config_.value_dim = config_.key_dim;
  expect_positive("value_dim", *config_.value_dim);
  if (config_.sliding_window) expect_positive("sliding_window", *config_.sliding_window);
  ops::check_rate(*this, "dropout", config_.dropout);
}

Shape MultiHeadAttention::attention_axes(int rank) const {
  Shape axes;
  if (!config_.attention_axes)
    for (int i = 1; i < rank - 1; ++i) axes.push_back(i);
  else
    for (Dim axis : config_.attention_axes->values) axes.push_back(normalize_axis(axis, rank, label()));
  const std::set<Dim> distinct(axes.begin(), axes.end());
  if (axes.empty() || *distinct.begin() < 1 || *distinct.rbegin() > rank - 2 ||
      static_cast<int>(distinct.size()) != axes.rank())
    fail(
        "`attention_axes` must be distinct axes between the batch and the features of an input "
        "of {} dimensions. Received: {}.",
        rank, to_string(axes));
  return axes;
}

void MultiHeadAttention::build(const CallSpec& spec) {
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  const Shape &q = spec.shape(at.query), &v = spec.shape(at.value), &k = spec.shape(at.key);
  const Shape keys{config_.num_heads, config_.key_dim}, values{config_.num_heads, *config_.value_dim};
  const ops::Projections make(*this, config_);
  query_ = make("query", q, 1, keys);
  key_ = make("key", k, 1, keys);
  if (config_.use_gate) gate_ = make("gate", q, 1, values, "sigmoid");
  value_ = make("value", v, 1, values);
  Shape context = q;
  context[-1] = config_.num_heads;
  context.push_back(*config_.value_dim);
  output_ = make("attention_output", context, 2, config_.output_shape.value_or(Shape{q[-1]}));
}

std::vector<TensorSpec> MultiHeadAttention::compute_output_spec(const CallSpec& spec) const {
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  TensorSpec y{spec.shape(at.query), real_dtype(spec)};
  if (config_.output_shape) y.shape = y.shape.slice(0, -1).concat(*config_.output_shape);
  if (!spec.flag("return_attention_scores").value_or(false)) return {y};
  return Layer::compute_output_spec(spec);
}

SymbolicTensors MultiHeadAttention::compose(const SymbolicTensors& inputs, const CallSpec& spec) const {
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  const auto input = [&](int i) { return inputs[static_cast<std::size_t>(i)]; };
  ops::AttentionOptions options;
  options.scale = 1.0 / std::sqrt(static_cast<double>(config_.key_dim));
  options.axes = attention_axes(input(at.query).shape().rank());
  options.window = config_.sliding_window.value_or(0);
  options.dropout = config_.dropout;
  // Keras forms the scores only in these cases.
  const bool forms_scores = config_.dropout > 0.0 || spec.flag("return_attention_scores").value_or(false) ||
                            input(at.query).shape().rank() != 3;
  options.masked = forms_scores ? MaskedScores::zero : MaskedScores::replace;
  SymbolicTensors outputs =
      ops::attend(name(), options, inputs, spec, at,
                  {query_(input(at.query)), key_(input(at.key)), value_(input(at.value))});
  if (gate_) outputs[0] = ops::multiply(outputs[0], gate_(input(at.query)));
  outputs[0] = ops::with_query_mask(output_(outputs[0]), inputs, spec, at);
  return outputs;
}

std::vector<int> MultiHeadAttention::taken_masks(const CallSpec& spec) const {
  if (keras2_) return {};
  const ops::AttentionRoles at = ops::attention_roles(*this, spec);
  return {at.query, at.value, at.key};
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> MultiHeadAttention::sublayers() const {
  if (!query_) return {};
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> out{{"query_dense", query_.share()},
                                                                  {"key_dense", key_.share()}};
  if (gate_) out.emplace_back("_gate_dense", gate_.share());
  out.emplace_back("value_dense", value_.share());
  out.emplace_back("output_dense", output_.share());
  return out;
}

}  // namespace rhyton
