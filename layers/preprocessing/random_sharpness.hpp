#pragma once
/// @file random_sharpness.hpp  keras.layers.RandomSharpness
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomSharpnessConfig {
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

/// Sharpens or smoothes images. Outside training the identity; training is not supported.
class RandomSharpness final : public ops::InferenceOnlyImageLayer<RandomSharpness, RandomSharpnessConfig> {
 public:
  static constexpr const char* keras_name = "RandomSharpness";
  explicit RandomSharpness(Config config);
};

}  // namespace rhyton
