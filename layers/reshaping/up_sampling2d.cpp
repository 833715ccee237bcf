#include "layers/reshaping/up_sampling2d.hpp"

#include "nn/kernels/resize.hpp"
#include "nn/ops/repeat_op.hpp"

namespace rhyton {

UpSampling2D::UpSampling2D(Config config) : LayerOf(std::move(config)) {
  for (std::size_t i = 0; i < 2; ++i) size_[i] = config_.size[i];
  ops::check_factors(*this, size_, 2);
  check_choice(label() + ": interpolation", config_.interpolation,
               {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"});
}

Shapes UpSampling2D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 4);
  return {ops::repeated_shape(*this, input_shapes[0], size_, 2, config_.data_format.channels_first())};
}

void UpSampling2D::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  if (config_.interpolation == "nearest") return;
  const bool first = config_.data_format.channels_first();
  const Shape &x = p.input().shape, &y = p.output().shape;
  const int height = first ? 2 : 1;
  ResizeDesc desc;
  desc.batch = x[0];
  desc.channels = x[first ? 1 : 3];
  desc.in = {x[height], x[height + 1]};
  desc.out = {y[height], y[height + 1]};
  desc.channels_first = first;
  desc.interpolation = interpolation_from_string(config_.interpolation);
  desc.options = p.options();
  p.keep(make_resize(desc));
}

void UpSampling2D::call(Call& c) const {
  if (config_.interpolation == "nearest")
    ops::call_repeat(c, size_, 2, config_.data_format.channels_first());
  else
    c.kernel<ResizeKernel>().forward(c.input(), c.output());
}

void UpSampling2D::backward(Backward& b) const {
  if (config_.interpolation == "nearest")
    ops::backward_repeat(b, size_, 2, config_.data_format.channels_first());
  else
    b.kernel<ResizeKernel>().backward(b.dy(), b.dx());
}

}  // namespace rhyton
