#pragma once
/// @file random_erasing.hpp  keras.layers.RandomErasing
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomErasingConfig {
  Factor factor = 1.0;
  Factor scale = {0.02, 0.33};
  std::optional<Number> fill_value = {};
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("factor", factor)("scale", scale)("fill_value", fill_value)("value_range", value_range)("seed", seed)(
        "data_format", data_format);
  }
};

/// Fills rectangles of images with noise or a value. Outside training the identity; training is not
/// supported.
class RandomErasing final : public ops::InferenceOnlyImageLayer<RandomErasing, RandomErasingConfig> {
 public:
  static constexpr const char* keras_name = "RandomErasing";
  explicit RandomErasing(Config config = {});
};

}  // namespace rhyton
