#pragma once
/// @file random_perspective.hpp  keras.layers.RandomPerspective
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomPerspectiveConfig {
  Factor factor = 1.0;
  Number scale = 1.0;
  std::string interpolation = "bilinear";
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("factor", factor)("scale", scale)("interpolation", interpolation)("fill_value", fill_value)(
        "seed", seed)("data_format", data_format);
  }
};

/// Moves the corners of images. Outside training the identity; training is not supported.
class RandomPerspective final
    : public ops::InferenceOnlyImageLayer<RandomPerspective, RandomPerspectiveConfig> {
 public:
  static constexpr const char* keras_name = "RandomPerspective";
  explicit RandomPerspective(Config config = {});
};

}  // namespace rhyton
