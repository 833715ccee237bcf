#pragma once
/// @file random_posterization.hpp  keras.layers.RandomPosterization
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomPosterizationConfig {
  Factor factor = 8.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// In training, keeps the upper bits of every value (as 8 bits), in each image as many as it draws. Outside
/// training the identity.
class RandomPosterization final
    : public ops::RandomPixelLayer<RandomPosterization, RandomPosterizationConfig> {
 public:
  static constexpr const char* keras_name = "RandomPosterization";
  static constexpr Dim numbers = 1;
  explicit RandomPosterization(Config config);

  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
