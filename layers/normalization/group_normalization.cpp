#include "layers/normalization/group_normalization.hpp"

#include "nn/kernels/norm.hpp"

namespace rhyton {

GroupNormalization::GroupNormalization(Config config) : LayerOf(std::move(config)) {
  if (config_.groups <= 0 && config_.groups != -1)
    fail("`groups` must be a positive integer, or -1 for instance normalization. Received: groups={}.",
         config_.groups);
}

void GroupNormalization::build(const Shapes& input_shapes) {
  expect_min_rank(input_shapes, 2);
  const int axis = normalize_axis(config_.axis, input_shapes[0].rank(), label());
  if (axis == 0) fail("`axis` cannot be that of the batch. Received: axis={}.", config_.axis);
  const Dim channels = known_axis(input_shapes, axis);
  if (channels == 0) fail("the input has no channels. Received shape: {}.", to_string(input_shapes[0]));
  const Dim groups = config_.groups == -1 ? channels : config_.groups;
  if (groups > channels || channels % groups != 0)
    fail("the number of channels must be a multiple of `groups`. Received: groups={}, input shape {}.",
         groups, to_string(input_shapes[0]));
  if (config_.scale)
    gamma_ = add_weight("gamma", {channels},
                        {config_.gamma_initializer, config_.gamma_regularizer, config_.gamma_constraint});
  if (config_.center)
    beta_ = add_weight("beta", {channels},
                       {config_.beta_initializer, config_.beta_regularizer, config_.beta_constraint});
}

Shapes GroupNormalization::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 2);
  const int axis = normalize_axis(config_.axis, input_shapes[0].rank(), label());
  if (built()) {
    const Shape& built_for = build_spec().inputs[0].shape;
    expect_rank(input_shapes, built_for.rank());
    expect_axis(input_shapes, axis, built_for[axis]);
  }
  return input_shapes;
}

void GroupNormalization::prepare(Prepare& p) const {
  const Shape& x = p.input().shape;
  const int axis = normalize_axis(config_.axis, x.rank(), label());
  GroupNormDesc desc;
  desc.batch = x[0];
  desc.outer = x.product(1, axis);
  desc.channels = x[axis];
  desc.inner = x.product(axis + 1, x.rank());
  desc.groups = config_.groups == -1 ? desc.channels : config_.groups;
  desc.epsilon = config_.epsilon;
  desc.options = p.options();
  p.keep(make_group_norm(desc));
  p.save({desc.batch, desc.groups, 2}, p.input().dtype);
  p.backward_reads(true, false);
  p.in_place();
  p.gradient_in_place();
}

void GroupNormalization::call(Call& c) const {
  c.kernel<GroupNormKernel>().forward(c.input(), c.weight(gamma_), c.weight(beta_),
                                      c.wants_gradient() ? c.saved() : View(), c.output());
}

void GroupNormalization::backward(Backward& b) const {
  b.kernel<GroupNormKernel>().backward(b.input(), b.weight(gamma_), b.saved(), b.dy(), b.dx(),
                                       b.gradient(gamma_), b.gradient(beta_));
}

}  // namespace rhyton
