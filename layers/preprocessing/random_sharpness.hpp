#pragma once
/// @file random_sharpness.hpp  keras.layers.RandomSharpness
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomSharpnessConfig {
  Factor factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// In training, y = x + (1 - 2 factor) (smooth - x), where smooth is a mean of 3 x 3 pixels. Outside training
/// the identity.
class RandomSharpness final : public ops::RandomPixelLayer<RandomSharpness, RandomSharpnessConfig> {
 public:
  static constexpr const char* keras_name = "RandomSharpness";
  static constexpr Dim numbers = 1;
  explicit RandomSharpness(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
