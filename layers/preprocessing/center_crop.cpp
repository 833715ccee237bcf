#include "layers/preprocessing/center_crop.hpp"

namespace rhyton {

CenterCrop::CenterCrop(Config config) : LayerOf(std::move(config)) {
  expect_positive("height", config_.height);
  expect_positive("width", config_.width);
}

Shapes CenterCrop::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_images(*this, input_shapes);
  return {ops::resized_shape(input_shapes[0], config_.data_format, config_.height, config_.width)};
}

ops::BoxResize CenterCrop::box(const Shape& x) const {
  const ops::ImageLayout image(x, config_.data_format);
  ops::BoxResize box;
  box.new_height = config_.height;
  box.new_width = config_.width;
  if (image.height >= config_.height && image.width >= config_.width) {
    box.top = (image.height - config_.height) / 2;
    box.left = (image.width - config_.width) / 2;
    box.height = config_.height;
    box.width = config_.width;
  } else {
    ops::crop_to_aspect_ratio(box, image);
  }
  return box;
}

void CenterCrop::prepare(Prepare& p) const {
  ops::prepare_box_resize(p, config_.data_format, box(p.input().shape));
}
void CenterCrop::call(Call& c) const { ops::call_box_resize(c, config_.data_format, box(c.input().shape())); }
void CenterCrop::backward(Backward& b) const {
  ops::backward_box_resize(b, config_.data_format, box(b.input().shape()));
}

}  // namespace rhyton
