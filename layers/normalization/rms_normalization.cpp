#include "layers/normalization/rms_normalization.hpp"

#include "nn/ops/row_norm_op.hpp"

namespace rhyton {

namespace {
ops::RowNorm norm_of(const RMSNormalizationConfig& config, int scale) {
  return {RowNormKind::rms, config.epsilon, config.axis, scale};
}
}  // namespace

RMSNormalization::RMSNormalization(Config config) : LayerOf(std::move(config)) {}

void RMSNormalization::build(const Shapes& input_shapes) {
  expect_inputs(input_shapes, 1);
  scale_ = add_weight("scale", ops::known_axes(*this, config_.axis, input_shapes[0]), {"ones"});
}

Shapes RMSNormalization::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  ops::check_axes(*this, config_.axis, input_shapes[0]);
  return input_shapes;
}

void RMSNormalization::prepare(Prepare& p) const { ops::prepare_row_norm(p, norm_of(config_, scale_)); }
void RMSNormalization::call(Call& c) const { ops::call_row_norm(c, norm_of(config_, scale_)); }
void RMSNormalization::backward(Backward& b) const { ops::backward_row_norm(b, norm_of(config_, scale_)); }

}  // namespace rhyton
