#pragma once
/// @file random_hue.hpp  keras.layers.RandomHue
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomHueConfig {
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

/// Changes the hue of images. Outside training the identity; training is not supported.
class RandomHue final : public ops::InferenceOnlyImageLayer<RandomHue, RandomHueConfig> {
 public:
  static constexpr const char* keras_name = "RandomHue";
  explicit RandomHue(Config config);
};

}  // namespace rhyton
