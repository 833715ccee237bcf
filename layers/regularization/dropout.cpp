#include "layers/regularization/dropout.hpp"

namespace rhyton {

Dropout::Dropout(Config config) : RandomLayer(std::move(config)) {
  expect_fraction("rate", config_.rate);
  ops::check_drop_shape(*this, config_.noise_shape);
}

Shapes Dropout::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  ops::resolve_noise_shape(*this, config_.noise_shape, input_shapes[0]);
  return input_shapes;
}

ops::Drop Dropout::drop() const { return {.rate = config_.rate, .scale = 1.0 / (1.0 - config_.rate)}; }

void Dropout::prepare(Prepare& p) const {
  ops::prepare_drop(p, ops::resolve_noise_shape(*this, config_.noise_shape, p.input().shape), config_.rate);
}
void Dropout::call(Call& c) const {
  const Shape noise = ops::resolve_noise_shape(*this, config_.noise_shape, c.input().shape());
  ops::call_drop(c, drop(), noise, generator(c));
}
void Dropout::backward(Backward& b) const { ops::backward_drop(b, drop()); }

Traits Dropout::traits(const CallSpec&) const {
  if (config_.rate == 0.0) return AliasTraits{};
  return {};
}

}  // namespace rhyton
