#pragma once
/// @file random_saturation.hpp  keras.layers.RandomSaturation
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomSaturationConfig {
  Factor factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// In training, multiplies the saturation of every image by factor / (1 - factor). Outside training the
/// identity.
class RandomSaturation final : public ops::RandomPixelLayer<RandomSaturation, RandomSaturationConfig> {
 public:
  static constexpr const char* keras_name = "RandomSaturation";
  static constexpr Dim numbers = 1;
  explicit RandomSaturation(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
