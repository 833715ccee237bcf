#pragma once
/// @file random_saturation.hpp  keras.layers.RandomSaturation
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomSaturationConfig {
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

/// Changes the saturation of images. Outside training the identity; training is not supported.
class RandomSaturation final : public ops::InferenceOnlyImageLayer<RandomSaturation, RandomSaturationConfig> {
 public:
  static constexpr const char* keras_name = "RandomSaturation";
  explicit RandomSaturation(Config config);
};

}  // namespace rhyton
