#pragma once
/// @file gaussian_noise.hpp  keras.layers.GaussianNoise
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct GaussianNoiseConfig {
  double stddev = 0.0;
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("stddev", stddev)("seed", seed); }
};

/// Adds noise from N(0, stddev^2) in training. The shape stays.
class GaussianNoise final : public ops::NoiseLayer<GaussianNoise, GaussianNoiseConfig> {
 public:
  static constexpr const char* keras_name = "GaussianNoise";
  explicit GaussianNoise(Config config);

  ops::Noise noise() const { return {false, 0.0, config_.stddev}; }
};
extern template class ops::NoiseLayer<GaussianNoise, GaussianNoiseConfig>;

}  // namespace rhyton
