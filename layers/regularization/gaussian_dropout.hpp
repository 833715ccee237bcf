#pragma once
/// @file gaussian_dropout.hpp  keras.layers.GaussianDropout
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct GaussianDropoutConfig {
  double rate = 0.0;
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("rate", rate)("seed", seed); }
};

/// Multiplies by noise from N(1, rate / (1 - rate)) in training (Srivastava et al., 2014). The shape stays.
class GaussianDropout final : public ops::NoiseLayer<GaussianDropout, GaussianDropoutConfig> {
 public:
  static constexpr const char* keras_name = "GaussianDropout";
  explicit GaussianDropout(Config config);

  ops::Noise noise() const;
};
extern template class ops::NoiseLayer<GaussianDropout, GaussianDropoutConfig>;

}  // namespace rhyton
