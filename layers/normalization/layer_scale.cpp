#include "layers/normalization/layer_scale.hpp"

#include "nn/initializers/constant.hpp"
#include "nn/kernels/broadcast.hpp"
#include "nn/kernels/elementwise.hpp"

namespace rhyton {

namespace {
/// The tensor as rows of its last axis.
template <class V>
V rows(V x) {
  const Dim columns = x.shape()[-1];
  return x.reshaped({x.size() / columns, columns});
}
}  // namespace

LayerScale::LayerScale(Config config) : LayerOf(std::move(config)) {
  expect_positive("projection_dim", config_.projection_dim);
}

void LayerScale::build(const Shapes& input_shapes) {
  expect_min_rank(input_shapes, 1);
  gamma_ = add_weight("variable", {config_.projection_dim},
                      {initializers::Constant({.value = config_.init_values})});
}

Shapes LayerScale::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 1);
  expect_axis(input_shapes, -1, config_.projection_dim);
  return input_shapes;
}

void LayerScale::prepare(Prepare& p) const {
  p.backward_reads(true, false);
  p.scratch(static_cast<std::size_t>(config_.projection_dim) * size_of(p.output().dtype));
}

void LayerScale::call(Call& c) const {
  broadcast_binary(BinaryOp::multiply, rows(c.input()), rows(c.weight(gamma_)), rows(c.output()));
}

void LayerScale::backward(Backward& b) const {
  const ConstView dy = rows(b.dy());
  if (const View dgamma = b.dw(gamma_)) {
    const View sum(b.scratch(), {1, config_.projection_dim}, b.real());
    reduce_product(dy, rows(b.input()), sum);
    add_into(sum, rows(dgamma));
  }
  if (const View dx = b.dx()) broadcast_binary(BinaryOp::multiply, dy, rows(b.weight(gamma_)), rows(dx));
}

}  // namespace rhyton
