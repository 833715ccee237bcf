#include "layers/regularization/gaussian_dropout.hpp"

#include <cmath>

namespace rhyton {

GaussianDropout::GaussianDropout(Config config) : LayerOf(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

ops::Noise GaussianDropout::noise() const {
  return {true, 1.0, std::sqrt(config_.rate / (1.0 - config_.rate))};
}

void GaussianDropout::prepare(Prepare& p) const { ops::prepare_noise(p, noise()); }
void GaussianDropout::call(Call& c) const { ops::call_noise(c, noise()); }
void GaussianDropout::backward(Backward& b) const { ops::backward_noise(b, noise()); }

}  // namespace rhyton
