#pragma once
/// @file random_brightness.hpp  keras.layers.RandomBrightness
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomBrightnessConfig {
  Factor factor = 0.0;  ///< of the value range's width
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor);
    f("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Adds a random number to every image in training, within the value range. Outside training the identity.
class RandomBrightness final : public ops::RandomImageLayer<RandomBrightness, RandomBrightnessConfig> {
 public:
  static constexpr const char* keras_name = "RandomBrightness";
  explicit RandomBrightness(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
