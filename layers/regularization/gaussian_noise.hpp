#pragma once
/// @file gaussian_noise.hpp  keras.layers.GaussianNoise
#include "nn/ops/noise_op.hpp"

namespace rhyton {

struct GaussianNoiseConfig {
  double stddev = 0.0;
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("stddev", stddev)("seed", seed);
  }
};

/// Adds noise from N(0, stddev^2) in training. The shape stays.
class GaussianNoise final : public LayerOf<GaussianNoise, GaussianNoiseConfig> {
 public:
  static constexpr const char* keras_name = "GaussianNoise";
  explicit GaussianNoise(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 private:
  ops::Noise noise() const { return {false, 0.0, config_.stddev}; }
};

}  // namespace rhyton
