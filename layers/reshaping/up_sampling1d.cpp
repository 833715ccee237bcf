#include "layers/reshaping/up_sampling1d.hpp"

#include "nn/ops/repeat_op.hpp"

namespace rhyton {

UpSampling1D::UpSampling1D(Config config) : LayerOf(std::move(config)) {
  size_[0] = config_.size;
  ops::check_factors(*this, size_, 1);
}

Shapes UpSampling1D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 3);
  return {ops::repeated_shape(*this, input_shapes[0], size_, 1, false)};
}

void UpSampling1D::call(Call& c) const { ops::call_repeat(c, size_, 1, false); }
void UpSampling1D::backward(Backward& b) const { ops::backward_repeat(b, size_, 1, false); }

}  // namespace rhyton
