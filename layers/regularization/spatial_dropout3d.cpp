#include "layers/regularization/spatial_dropout3d.hpp"

namespace rhyton {

SpatialDropout3D::SpatialDropout3D(Config config) : DropLayer(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

Shape SpatialDropout3D::noise(const Shape& x) const {
  return config_.data_format.channels_first() ? Shape{x[0], x[1], 1, 1, 1} : Shape{x[0], 1, 1, 1, x[4]};
}

Shapes SpatialDropout3D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 5);
  return input_shapes;
}

void SpatialDropout3D::write_config(ConfigWriter& writer) const {
  writer("rate", config_.rate)("seed", config_.seed)("name", name())("dtype",
                                                                     dtype().empty() ? "float32" : dtype());
  writer("data_format", config_.data_format);
}

template class ops::DropLayer<SpatialDropout3D, SpatialDropout3DConfig>;

}  // namespace rhyton
