#include "layers/preprocessing/random_shear.hpp"

namespace rhyton {

RandomShear::RandomShear(Config config) : RandomImageLayer(std::move(config)) {
  config_.x_factor = ops::resolve_factor(*this, config_.x_factor, "x_factor", -1, 1);
  config_.y_factor = ops::resolve_factor(*this, config_.y_factor, "y_factor", -1, 1);
  affine_ = ops::random_affine(*this, config_.data_format, config_.interpolation, config_.fill_mode,
                               config_.fill_value);
}

void RandomShear::prepare(Prepare& p) const { ops::prepare_random_affine(p, affine_); }

void RandomShear::call(Call& c) const {
  ops::call_random_affine(c, affine_, generator(c), [&](const ops::ImageLayout&, Rng& rng, double* map) {
    const double sign = rng.uniform() > 0.5 ? -1.0 : 1.0;
    map[0] = map[4] = 1.0;
    map[1] = sign * ops::draw_uniform(rng, config_.x_factor.low, config_.x_factor.high);
    map[3] = sign * ops::draw_uniform(rng, config_.y_factor.low, config_.y_factor.high);
    map[2] = map[5] = 0.0;
  });
}

void RandomShear::backward(Backward& b) const { ops::backward_random_affine(b, affine_); }

}  // namespace rhyton
