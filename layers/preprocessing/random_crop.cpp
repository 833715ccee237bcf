#include "layers/preprocessing/random_crop.hpp"

#include <algorithm>

#include "nn/kernels/box.hpp"

namespace rhyton {

RandomCrop::RandomCrop(Config config) : RandomLayer(std::move(config)) {
  expect_positive("height", config_.height);
  expect_positive("width", config_.width);
}

std::vector<TensorSpec> RandomCrop::compute_output_spec(const CallSpec& spec) const {
  ops::check_images(*this, spec.shapes());
  TensorSpec y{spec.shape(), is_floating(spec.inputs[0].dtype) ? spec.inputs[0].dtype : DType::float32};
  // A Run says whether it trains; Keras's shape is that of training.
  if (spec.flag("training").value_or(true))
    y.shape = ops::resized_shape(y.shape, config_.data_format, config_.height, config_.width);
  return {y};
}

bool RandomCrop::cuts(const Shape& x) const {
  const ops::ImageLayout image(x, config_.data_format);
  return image.height > config_.height && image.width > config_.width;
}

ops::BoxResize RandomCrop::box(const Shape& x) const {
  const ops::ImageLayout image(x, config_.data_format);
  ops::BoxResize box;
  box.new_height = config_.height;
  box.new_width = config_.width;
  ops::crop_to_aspect_ratio(box, image);
  box.height = std::min<Dim>(config_.height, image.height - box.top);
  box.width = std::min<Dim>(config_.width, image.width - box.left);
  return box;
}

// Saved: the box's first row and column.
void RandomCrop::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  if (!cuts(p.input().shape)) return ops::prepare_box_resize(p, config_.data_format, box(p.input().shape));
  p.backward_reads(false, false);
  p.save({2}, DType::int64);
}

Shape RandomCrop::offset(const Shape& x, ConstView position) const {
  Shape out;
  for (int i = 0; i < x.rank(); ++i) out.push_back(0);
  const int axis = ops::ImageLayout(x, config_.data_format).height_axis;
  out[axis] = position.data<std::int64_t>()[0];
  out[axis + 1] = position.data<std::int64_t>()[1];
  return out;
}

void RandomCrop::call(Call& c) const {
  const Shape x = c.input().shape();
  if (!cuts(x)) return ops::call_box_resize(c, config_.data_format, box(x));
  const ops::ImageLayout image(x, config_.data_format);
  Rng rng = generator(c);
  std::int64_t position[2];
  position[0] =
      static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(image.height - config_.height + 1)));
  position[1] =
      static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(image.width - config_.width + 1)));
  const ConstView drawn(position, {2}, DType::int64);
  if (c.wants_gradient()) copy(drawn, c.saved());
  box_copy(c.input(), offset(x, drawn), 0.0, c.output());
}

void RandomCrop::backward(Backward& b) const {
  const Shape x = b.dx().shape();
  if (!cuts(x)) return ops::backward_box_resize(b, config_.data_format, box(x));
  Shape back = offset(x, b.saved());
  for (int i = 0; i < back.rank(); ++i) back[i] = -back[i];
  box_copy(b.dy(), back, 0.0, b.dx());
}

}  // namespace rhyton
