#include "layers/activations/activation.hpp"

#include "nn/ops/activation_op.hpp"

namespace rhyton {

Activation::Activation(Config config) : LayerOf(std::move(config)) {}

Shapes Activation::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  return {ops::activated_shape(*this, config_.activation, input_shapes[0])};
}

void Activation::prepare(Prepare& p) const { ops::prepare_activation(p, config_.activation); }
void Activation::call(Call& c) const { ops::call_activation(c, config_.activation); }
void Activation::backward(Backward& b) const { ops::backward_activation(b, config_.activation); }

Traits Activation::traits(const CallSpec&) const {
  if (config_.activation.custom()) return {};
  return ActivationTraits{config_.activation.spec()};
}

}  // namespace rhyton
