#include "layers/regularization/gaussian_noise.hpp"

namespace rhyton {

GaussianNoise::GaussianNoise(Config config) : NoiseLayer(std::move(config)) {
  ops::check_rate(*this, "stddev", config_.stddev);
}

template class ops::NoiseLayer<GaussianNoise, GaussianNoiseConfig>;

}  // namespace rhyton
