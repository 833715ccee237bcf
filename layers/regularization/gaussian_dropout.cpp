#include "layers/regularization/gaussian_dropout.hpp"

#include <cmath>

namespace rhyton {

GaussianDropout::GaussianDropout(Config config) : NoiseLayer(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
}

ops::Noise GaussianDropout::noise() const {
  return {true, 1.0, std::sqrt(config_.rate / (1.0 - config_.rate))};
}

template class ops::NoiseLayer<GaussianDropout, GaussianDropoutConfig>;

}  // namespace rhyton
