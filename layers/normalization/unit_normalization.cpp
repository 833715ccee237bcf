#include "layers/normalization/unit_normalization.hpp"

#include "nn/ops/row_norm_op.hpp"

namespace rhyton {

namespace {
ops::RowNorm norm_of(const UnitNormalizationConfig& config, double least_square) {
  return {RowNormKind::unit, least_square, config.axis};
}
}  // namespace

UnitNormalization::UnitNormalization(Config config) : LayerOf(std::move(config)) {}

Shapes UnitNormalization::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  ops::check_axes(*this, config_.axis, input_shapes[0]);
  return input_shapes;
}

void UnitNormalization::prepare(Prepare& p) const {
  ops::prepare_row_norm(p, norm_of(config_, least_square_));
}
void UnitNormalization::call(Call& c) const { ops::call_row_norm(c, norm_of(config_, least_square_)); }
void UnitNormalization::backward(Backward& b) const {
  ops::backward_row_norm(b, norm_of(config_, least_square_));
}

}  // namespace rhyton
