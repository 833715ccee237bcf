#pragma once
/// @file random_hue.hpp  keras.layers.RandomHue
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomHueConfig {
  Factor factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// In training, turns the hue of every image by up to half of `factor`, one way or the other. Outside
/// training the identity.
class RandomHue final : public ops::RandomPixelLayer<RandomHue, RandomHueConfig> {
 public:
  static constexpr const char* keras_name = "RandomHue";
  static constexpr Dim numbers = 1;
  explicit RandomHue(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
