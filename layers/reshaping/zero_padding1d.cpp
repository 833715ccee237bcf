#include "layers/reshaping/zero_padding1d.hpp"

#include "nn/ops/box_op.hpp"

namespace rhyton {

ZeroPadding1D::ZeroPadding1D(Config config) : LayerOf(std::move(config)) {
  ops::check_amounts(*this, "padding", config_.padding);
  offset_ = ops::negated(ops::box_offset(config_.padding, config_.data_format));
}

Shapes ZeroPadding1D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 3);
  return {ops::padded_shape(input_shapes[0], config_.padding, config_.data_format)};
}

void ZeroPadding1D::prepare(Prepare& p) const { p.backward_reads(false, false); }

// y[i] = x[i + offset] with zeros outside x, and its gradient cuts them off again.
void ZeroPadding1D::call(Call& c) const { box_copy(c.input(), offset_, 0.0, c.output()); }
void ZeroPadding1D::backward(Backward& b) const { box_copy(b.dy(), ops::negated(offset_), 0.0, b.dx()); }

Traits ZeroPadding1D::traits(const CallSpec&) const { return BoxTraits{offset_, 0.0}; }

}  // namespace rhyton
