#include "layers/preprocessing/random_zoom.hpp"

namespace rhyton {

RandomZoom::RandomZoom(Config config) : RandomImageLayer(std::move(config)) {
  height_ = ops::resolve_factor(*this, config_.height_factor, "height_factor", -1, 1);
  if (config_.width_factor) width_ = ops::resolve_factor(*this, *config_.width_factor, "width_factor", -1, 1);
  affine_ = ops::random_affine(*this, config_.data_format, config_.interpolation, config_.fill_mode,
                               config_.fill_value);
}

void RandomZoom::prepare(Prepare& p) const { ops::prepare_random_affine(p, affine_); }

void RandomZoom::call(Call& c) const {
  ops::call_random_affine(
      c, affine_, generator(c), [&](const ops::ImageLayout& image, Rng& rng, double* map) {
        const double tall = 1.0 + ops::draw_uniform(rng, height_.low, height_.high);
        const double wide =
            config_.width_factor ? 1.0 + ops::draw_uniform(rng, width_.low, width_.high) : tall;
        map[0] = wide;
        map[1] = map[3] = 0.0;
        map[2] = static_cast<double>(image.width - 1) / 2.0 * (1.0 - wide);
        map[4] = tall;
        map[5] = static_cast<double>(image.height - 1) / 2.0 * (1.0 - tall);
      });
}

void RandomZoom::backward(Backward& b) const { ops::backward_random_affine(b, affine_); }

}  // namespace rhyton
