#pragma once
/// @file solarization.hpp  keras.layers.Solarization
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct SolarizationConfig {
  Factor addition_factor = 0.0;
  Factor threshold_factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("addition_factor", addition_factor)("threshold_factor", threshold_factor)("value_range", value_range)(
        "seed", seed)("data_format", data_format);
  }
};

/// Adds to images and inverts what exceeds a threshold. Outside training the identity; training is not
/// supported.
class Solarization final : public ops::InferenceOnlyImageLayer<Solarization, SolarizationConfig> {
 public:
  static constexpr const char* keras_name = "Solarization";
  explicit Solarization(Config config = {});
};

}  // namespace rhyton
