#include "layers/regularization/gaussian_noise.hpp"

namespace rhyton {

GaussianNoise::GaussianNoise(Config config) : LayerOf(std::move(config)) {
  ops::check_rate(*this, "stddev", config_.stddev);
}

void GaussianNoise::prepare(Prepare& p) const { ops::prepare_noise(p, noise()); }
void GaussianNoise::call(Call& c) const { ops::call_noise(c, noise()); }
void GaussianNoise::backward(Backward& b) const { ops::backward_noise(b, noise()); }

}  // namespace rhyton
