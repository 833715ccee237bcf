#include "layers/regularization/spatial_dropout1d.hpp"

namespace rhyton {

SpatialDropout1D::SpatialDropout1D(Config config) : LayerOf(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

ops::Dropping SpatialDropout1D::dropping() const {
  return ops::dropout(config_.rate, Shape{unknown, 1, unknown});
}

Shapes SpatialDropout1D::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 3);
  return input_shapes;
}

void SpatialDropout1D::prepare(Prepare& p) const { ops::prepare_dropping(p, dropping()); }
void SpatialDropout1D::call(Call& c) const { ops::call_dropping(c, dropping()); }
void SpatialDropout1D::backward(Backward& b) const { ops::backward_dropping(b, dropping()); }

void SpatialDropout1D::write_config(ConfigWriter& writer) const {
  writer("rate", config_.rate)("seed", config_.seed)("name", name())("dtype",
                                                                     dtype().empty() ? "float32" : dtype());
}

}  // namespace rhyton
