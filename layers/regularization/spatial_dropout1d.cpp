#include "layers/regularization/spatial_dropout1d.hpp"

namespace rhyton {

SpatialDropout1D::SpatialDropout1D(Config config) : DropLayer(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

Shape SpatialDropout1D::noise(const Shape& x) const { return {x[0], 1, x[2]}; }

Shapes SpatialDropout1D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 3);
  return input_shapes;
}

void SpatialDropout1D::write_config(ConfigWriter& writer) const {
  writer("rate", config_.rate)("seed", config_.seed)("name", name())("dtype",
                                                                     dtype().empty() ? "float32" : dtype());
}

template class ops::DropLayer<SpatialDropout1D, SpatialDropout1DConfig>;

}  // namespace rhyton
