#pragma once
/// @file random_posterization.hpp  keras.layers.RandomPosterization
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomPosterizationConfig {
  Factor factor = 8.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Keeps some bits of every value. Outside training the identity; training is not supported.
class RandomPosterization final
    : public ops::InferenceOnlyImageLayer<RandomPosterization, RandomPosterizationConfig> {
 public:
  static constexpr const char* keras_name = "RandomPosterization";
  explicit RandomPosterization(Config config);
};

}  // namespace rhyton
