#include "layers/regularization/spatial_dropout2d.hpp"

namespace rhyton {

SpatialDropout2D::SpatialDropout2D(Config config) : LayerOf(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

ops::Dropping SpatialDropout2D::dropping() const {
  return ops::dropout(config_.rate, config_.data_format.channels_first() ? Shape{unknown, unknown, 1, 1}
                                                                         : Shape{unknown, 1, 1, unknown});
}

Shapes SpatialDropout2D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 4);
  return input_shapes;
}

void SpatialDropout2D::prepare(Prepare& p) const { ops::prepare_dropping(p, dropping()); }
void SpatialDropout2D::call(Call& c) const { ops::call_dropping(c, dropping()); }
void SpatialDropout2D::backward(Backward& b) const { ops::backward_dropping(b, dropping()); }

void SpatialDropout2D::write_config(ConfigWriter& writer) const {
  writer("rate", config_.rate)("seed", config_.seed)("name", name())("dtype",
                                                                     dtype().empty() ? "float32" : dtype());
  writer("data_format", config_.data_format);
}

}  // namespace rhyton
