#pragma once
/// @file solarization.hpp  keras.layers.Solarization
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct SolarizationConfig {
  Factor addition_factor = 0.0;
  Factor threshold_factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("addition_factor", addition_factor)("threshold_factor", threshold_factor)("value_range", value_range)(
        "seed", seed)("data_format", data_format);
  }
};

/// In training, adds a number of its own to every image and inverts what is not below a threshold, both in
/// terms of values from 0 to 255: y = z < threshold ? z : 255 - z, z = clip(x + addition, 0, 255). Outside
/// training the identity.
class Solarization final : public ops::RandomPixelLayer<Solarization, SolarizationConfig> {
 public:
  static constexpr const char* keras_name = "Solarization";
  static constexpr Dim numbers = 2;
  explicit Solarization(Config config = {});

  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
