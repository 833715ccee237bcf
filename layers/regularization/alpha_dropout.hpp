#pragma once
/// @file alpha_dropout.hpp  keras.layers.AlphaDropout
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct AlphaDropoutConfig {
  double rate = 0.0;
  Seed seed = {};
  /// Of what is drawn: 1 where it repeats along an axis, unknown: as the input.
  ops::NoiseShape noise_shape = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("rate", rate)("seed", seed)("noise_shape", noise_shape); }
};

/// Dropout that keeps the mean and variance of inputs normalized by SELU (Klambauer et al., 2017): dropped
/// elements go to SELU's lower bound, then all are scaled and shifted. The shape stays.
class AlphaDropout final : public ops::DropLayer<AlphaDropout, AlphaDropoutConfig> {
 public:
  static constexpr const char* keras_name = "AlphaDropout";
  explicit AlphaDropout(Config config);

  ops::Drop drop() const;
  Shape noise(const Shape& x) const;
};
extern template class ops::DropLayer<AlphaDropout, AlphaDropoutConfig>;

}  // namespace rhyton
