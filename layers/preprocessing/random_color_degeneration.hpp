#pragma once
/// @file random_color_degeneration.hpp  keras.layers.RandomColorDegeneration
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomColorDegenerationConfig {
  Factor factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Mixes images with their grey version. Outside training the identity; training is not supported.
class RandomColorDegeneration final
    : public ops::InferenceOnlyImageLayer<RandomColorDegeneration, RandomColorDegenerationConfig> {
 public:
  static constexpr const char* keras_name = "RandomColorDegeneration";
  explicit RandomColorDegeneration(Config config);
};

}  // namespace rhyton
