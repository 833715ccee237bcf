#pragma once
/// @file random_shear.hpp  keras.layers.RandomShear
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomShearConfig {
  Factor x_factor = 0.0;
  Factor y_factor = 0.0;
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("x_factor", x_factor)("y_factor", y_factor)("interpolation", interpolation)("fill_mode", fill_mode)(
        "fill_value", fill_value)("seed", seed)("data_format", data_format);
  }
};

/// Shears images. Outside training the identity; training is not supported.
class RandomShear final : public ops::InferenceOnlyImageLayer<RandomShear, RandomShearConfig> {
 public:
  static constexpr const char* keras_name = "RandomShear";
  explicit RandomShear(Config config = {});
};

}  // namespace rhyton
