#pragma once
/// @file random_erasing.hpp  keras.layers.RandomErasing
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomErasingConfig {
  Factor factor = 1.0;
  Factor scale = {0.02, 0.33};
  std::optional<Number> fill_value = {};
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("factor", factor)("scale", scale)("fill_value", fill_value)("value_range", value_range)("seed", seed)(
        "data_format", data_format);
  }
};

/// In training, fills a box of some images with noise, or with `fill_value`. `factor`: the probability,
/// `scale`: the squares of the box's sides, as shares of the image's. Outside training the identity.
class RandomErasing final : public ops::RandomPixelLayer<RandomErasing, RandomErasingConfig> {
 public:
  static constexpr const char* keras_name = "RandomErasing";
  static constexpr Dim numbers = 5;
  explicit RandomErasing(Config config = {});

  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
