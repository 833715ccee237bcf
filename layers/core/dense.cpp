#include "layers/core/dense.hpp"

#include "nn/ops/activation_op.hpp"
#include "nn/ops/dense_op.hpp"

namespace rhyton {

Dense::Dense(Config config) : LayerOf(std::move(config)) { expect_positive("units", config_.units); }

void Dense::build(const Shapes& input_shapes) {
  expect_min_rank(input_shapes, 2);
  const Dim in = known_axis(input_shapes, -1);
  kernel_ = add_weight("kernel", {in, config_.units},
                       {config_.kernel_initializer, config_.kernel_regularizer, config_.kernel_constraint});
  if (config_.use_bias)
    bias_ = add_weight("bias", {config_.units},
                       {config_.bias_initializer, config_.bias_regularizer, config_.bias_constraint});
}

Shapes Dense::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 2);
  Shape y = input_shapes[0];
  if (built()) expect_axis(input_shapes, -1, own_weights()[0]->value.shape()[0]);
  y[-1] = config_.units;
  return {ops::activated_shape(*this, config_.activation, y)};
}

void Dense::prepare(Prepare& p) const { ops::prepare_dense(p, kernel_, config_.activation, bias_); }
void Dense::call(Call& c) const { ops::call_dense(c, kernel_, config_.activation, bias_); }
void Dense::backward(Backward& b) const { ops::backward_dense(b, kernel_, config_.activation, bias_); }

double Dense::flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const {
  return ops::dense_flops(spec, outputs);
}

Traits Dense::traits(const CallSpec&) const {
  if (config_.activation.custom()) return {};
  return DenseTraits{kernel_, bias_, config_.units, config_.activation.spec()};
}

}  // namespace rhyton
