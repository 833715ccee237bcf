#include "layers/preprocessing/random_rotation.hpp"

#include <cmath>
#include <numbers>

namespace rhyton {

RandomRotation::RandomRotation(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", -1, 1);
  affine_ = ops::random_affine(*this, config_.data_format, config_.interpolation, config_.fill_mode,
                               config_.fill_value);
}

void RandomRotation::prepare(Prepare& p) const { ops::prepare_random_affine(p, affine_); }

void RandomRotation::call(Call& c) const {
  ops::call_random_affine(
      c, affine_, generator(c), [&](const ops::ImageLayout& image, Rng& rng, double* map) {
        const double angle =
            2.0 * std::numbers::pi * ops::draw_uniform(rng, config_.factor.low, config_.factor.high);
        const double cosine = std::cos(angle), sine = std::sin(angle);
        const double x = static_cast<double>(image.width - 1) / 2.0,
                     y = static_cast<double>(image.height - 1) / 2.0;
        map[0] = cosine;
        map[1] = -sine;
        map[2] = x - x * cosine + y * sine;
        map[3] = sine;
        map[4] = cosine;
        map[5] = y - x * sine - y * cosine;
      });
}

void RandomRotation::backward(Backward& b) const { ops::backward_random_affine(b, affine_); }

}  // namespace rhyton
