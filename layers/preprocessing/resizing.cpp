#include "layers/preprocessing/resizing.hpp"

namespace rhyton {

Resizing::Resizing(Config config) : LayerOf(std::move(config)) {
  try {
    interpolation_ = interpolation_from_string(config_.interpolation);
    check_choice("fill_mode", config_.fill_mode, {"constant"});
  } catch (const ValueError& error) {
    fail(error.what());
  }
  expect_positive("height", config_.height);
  expect_positive("width", config_.width);
  if (config_.crop_to_aspect_ratio && config_.pad_to_aspect_ratio)
    fail("only one of `crop_to_aspect_ratio` and `pad_to_aspect_ratio` can be true.");
}

Shapes Resizing::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_images(*this, input_shapes);
  return {ops::resized_shape(input_shapes[0], config_.data_format, config_.height, config_.width)};
}

ops::BoxResize Resizing::box(const Shape& x) const {
  const ops::ImageLayout image(x, config_.data_format);
  ops::BoxResize box;
  box.height = image.height;
  box.width = image.width;
  box.new_height = config_.height;
  box.new_width = config_.width;
  box.interpolation = interpolation_;
  box.antialias = config_.antialias;
  box.fill = config_.fill_value;
  if (config_.crop_to_aspect_ratio) ops::crop_to_aspect_ratio(box, image);
  if (config_.pad_to_aspect_ratio) ops::pad_to_aspect_ratio(box, image);
  return box;
}

void Resizing::prepare(Prepare& p) const {
  ops::prepare_box_resize(p, config_.data_format, box(p.input().shape));
}
void Resizing::call(Call& c) const { ops::call_box_resize(c, config_.data_format, box(c.input().shape())); }
void Resizing::backward(Backward& b) const {
  ops::backward_box_resize(b, config_.data_format, box(b.input().shape()));
}

}  // namespace rhyton
