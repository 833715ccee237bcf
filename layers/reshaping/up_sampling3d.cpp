#include "layers/reshaping/up_sampling3d.hpp"

#include "nn/ops/repeat_op.hpp"

namespace rhyton {

UpSampling3D::UpSampling3D(Config config) : LayerOf(std::move(config)) {
  for (std::size_t i = 0; i < 3; ++i) size_[i] = config_.size[i];
  ops::check_factors(*this, size_, 3);
}

Shapes UpSampling3D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 5);
  return {ops::repeated_shape(*this, input_shapes[0], size_, 3, config_.data_format.channels_first())};
}

void UpSampling3D::call(Call& c) const {
  ops::call_repeat(c, size_, 3, config_.data_format.channels_first());
}
void UpSampling3D::backward(Backward& b) const {
  ops::backward_repeat(b, size_, 3, config_.data_format.channels_first());
}

}  // namespace rhyton
