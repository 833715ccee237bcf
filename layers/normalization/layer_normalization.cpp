#include "layers/normalization/layer_normalization.hpp"

#include "nn/ops/row_norm_op.hpp"

namespace rhyton {

namespace {
ops::RowNorm norm_of(const LayerNormalizationConfig& config, int gamma, int beta) {
  const auto kind = config.rms_scaling ? RowNormKind::layer_scale : RowNormKind::layer;
  return {kind, config.epsilon, config.axis, gamma, beta};
}
}  // namespace

LayerNormalization::LayerNormalization(Config config) : LayerOf(std::move(config)) {}

void LayerNormalization::build(const Shapes& input_shapes) {
  expect_inputs(input_shapes, 1);
  const Shape sizes = ops::known_axes(*this, config_.axis, input_shapes[0]);
  if (config_.scale || config_.rms_scaling)
    gamma_ = add_weight("gamma", sizes,
                        {config_.gamma_initializer, config_.gamma_regularizer, config_.gamma_constraint});
  if (config_.center && !config_.rms_scaling)
    beta_ = add_weight("beta", sizes,
                       {config_.beta_initializer, config_.beta_regularizer, config_.beta_constraint});
}

Shapes LayerNormalization::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  ops::check_axes(*this, config_.axis, input_shapes[0]);
  return input_shapes;
}

void LayerNormalization::prepare(Prepare& p) const {
  ops::prepare_row_norm(p, norm_of(config_, gamma_, beta_));
}
void LayerNormalization::call(Call& c) const { ops::call_row_norm(c, norm_of(config_, gamma_, beta_)); }
void LayerNormalization::backward(Backward& b) const {
  ops::backward_row_norm(b, norm_of(config_, gamma_, beta_));
}

}  // namespace rhyton
