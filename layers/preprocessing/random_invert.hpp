#pragma once
/// @file random_invert.hpp  keras.layers.RandomInvert
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomInvertConfig {
  Factor factor = 1.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Inverts some images. Outside training the identity; training is not supported.
class RandomInvert final : public ops::InferenceOnlyImageLayer<RandomInvert, RandomInvertConfig> {
 public:
  static constexpr const char* keras_name = "RandomInvert";
  explicit RandomInvert(Config config = {});
};

}  // namespace rhyton
