#include "layers/activations/prelu.hpp"

#include "nn/kernels/broadcast.hpp"

namespace rhyton {

namespace {
/// A weight's shape with a batch dimension of 1 in front.
ConstView batched(ConstView alpha) { return alpha.reshaped(Shape{1}.concat(alpha.shape())); }
}  // namespace

PReLU::PReLU(Config config) : LayerOf(std::move(config)) {
  if (config_.shared_axes) config_.shared_axes->is_list = true;
}

void PReLU::build(const Shapes& input_shapes) {
  expect_min_rank(input_shapes, 2);
  Shape shape = input_shapes[0].from(1);
  if (config_.shared_axes)
    for (const std::int64_t axis : config_.shared_axes->values) {
      if (axis < 1 || axis > shape.rank())
        fail(
            "each of `shared_axes` must be an axis of the input from 1 on. Received: shared_axes "
            "has {}, input shape {}.",
            axis, to_string(input_shapes[0]));
      shape[static_cast<int>(axis) - 1] = 1;
    }
  alpha_ = add_weight("alpha", shape,
                      {config_.alpha_initializer, config_.alpha_regularizer, config_.alpha_constraint});
}

Shapes PReLU::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  if (built()) {
    const Shape& alpha = own_weights()[0]->value.shape();
    expect_rank(input_shapes, alpha.rank() + 1);
    for (int i = 0; i < alpha.rank(); ++i)
      if (alpha[i] != 1) expect_axis(input_shapes, i + 1, alpha[i]);
  }
  return input_shapes;
}

void PReLU::prepare(Prepare& p) const {
  p.backward_reads(true, false);
  p.in_place();
  p.gradient_in_place();
}

void PReLU::call(Call& c) const { prelu_forward(c.input(), batched(c.weight(alpha_)), c.output()); }

void PReLU::backward(Backward& b) const {
  GradTarget dalpha = b.gradient(alpha_);
  if (dalpha) dalpha.view = dalpha.view.reshaped(Shape{1}.concat(dalpha.view.shape()));
  prelu_backward(b.input(), batched(b.weight(alpha_)), b.dy(), b.dx(), dalpha);
}

}  // namespace rhyton
