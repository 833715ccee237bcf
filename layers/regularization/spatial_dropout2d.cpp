#include "layers/regularization/spatial_dropout2d.hpp"

namespace rhyton {

SpatialDropout2D::SpatialDropout2D(Config config) : DropLayer(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

Shape SpatialDropout2D::noise(const Shape& x) const {
  return config_.data_format.channels_first() ? Shape{x[0], x[1], 1, 1} : Shape{x[0], 1, 1, x[3]};
}

Shapes SpatialDropout2D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 4);
  return input_shapes;
}

void SpatialDropout2D::write_config(ConfigWriter& writer) const {
  writer("rate", config_.rate)("seed", config_.seed)("name", name())("dtype",
                                                                     dtype().empty() ? "float32" : dtype());
  writer("data_format", config_.data_format);
}

template class ops::DropLayer<SpatialDropout2D, SpatialDropout2DConfig>;

}  // namespace rhyton
