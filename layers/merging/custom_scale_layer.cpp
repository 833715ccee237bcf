#include "layers/merging/custom_scale_layer.hpp"

#include "nn/kernels/broadcast.hpp"
#include "nn/kernels/elementwise.hpp"

namespace rhyton {

CustomScaleLayer::CustomScaleLayer(Config config) : LayerOf(std::move(config)) {}
Shapes CustomScaleLayer::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 2);
  if (!input_shapes[0].compatible(input_shapes[1]))
    fail("the inputs must have one shape. Received shapes: {}.", to_string(input_shapes));
  return {input_shapes[0]};
}

void CustomScaleLayer::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  p.in_place(0, 1);
}

void CustomScaleLayer::call(Call& c) const {
  broadcast_copy(c.input(1), c.output(), config_.scale);
  add_into(c.input(0), c.output());
}

void CustomScaleLayer::backward(Backward& b) const {
  if (const View dx = b.dx(0)) copy(b.dy(), dx);
  if (const View dx = b.dx(1)) broadcast_copy(b.dy(), dx, config_.scale);
}

}  // namespace rhyton
