#pragma once
/// @file random_contrast.hpp  keras.layers.RandomContrast
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomContrastConfig {
  Factor factor = 0.0;  ///< contrasts lie between 1 - low and 1 + high
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor);
    f("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Scales every image about its channels' means by a random factor in training, within the value range.
/// Outside training the identity.
class RandomContrast final : public ops::RandomImageLayer<RandomContrast, RandomContrastConfig> {
 public:
  static constexpr const char* keras_name = "RandomContrast";
  explicit RandomContrast(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
