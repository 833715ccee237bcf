#include "layers/reshaping/cropping1d.hpp"

#include "nn/ops/box_op.hpp"

namespace rhyton {

Cropping1D::Cropping1D(Config config)
    : LayerOf(std::move(config)), offset_(ops::box_offset(config_.cropping)) {
  ops::check_amounts(*this, "cropping", config_.cropping);
}

Shapes Cropping1D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 3);
  return {ops::cropped_shape(*this, input_shapes[0], config_.cropping)};
}

void Cropping1D::prepare(Prepare& p) const { p.backward_reads(false, false); }

// y[i] = x[i + offset], and its gradient puts dy back where it came from, zeros around it.
void Cropping1D::call(Call& c) const { box_copy(c.input(), offset_, 0.0, c.output()); }
void Cropping1D::backward(Backward& b) const { box_copy(b.dy(), ops::negated(offset_), 0.0, b.dx()); }

Traits Cropping1D::traits(const CallSpec&) const { return BoxTraits{offset_, 0.0}; }

}  // namespace rhyton
