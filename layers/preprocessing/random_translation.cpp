#include "layers/preprocessing/random_translation.hpp"

namespace rhyton {

RandomTranslation::RandomTranslation(Config config) : RandomImageLayer(std::move(config)) {
  height_ = ops::resolve_factor(*this, config_.height_factor, "height_factor", -1, 1);
  width_ = ops::resolve_factor(*this, config_.width_factor, "width_factor", -1, 1);
  affine_ = ops::random_affine(*this, config_.data_format, config_.interpolation, config_.fill_mode,
                               config_.fill_value);
}

void RandomTranslation::prepare(Prepare& p) const { ops::prepare_random_affine(p, affine_); }

void RandomTranslation::call(Call& c) const {
  ops::call_random_affine(
      c, affine_, generator(c), [&](const ops::ImageLayout& image, Rng& rng, double* map) {
        map[0] = map[4] = 1.0;
        map[1] = map[3] = 0.0;
        map[5] = -ops::draw_uniform(rng, height_.low, height_.high) * static_cast<double>(image.height);
        map[2] = -ops::draw_uniform(rng, width_.low, width_.high) * static_cast<double>(image.width);
      });
}

void RandomTranslation::backward(Backward& b) const { ops::backward_random_affine(b, affine_); }

}  // namespace rhyton
