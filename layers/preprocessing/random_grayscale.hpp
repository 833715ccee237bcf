#pragma once
/// @file random_grayscale.hpp  keras.layers.RandomGrayscale
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomGrayscaleConfig {
  Number factor = 0.5;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("factor", factor)("data_format", data_format);
  }
};

/// Takes the colour out of some images. Outside training the identity; training is not supported.
class RandomGrayscale final : public ops::InferenceOnlyImageLayer<RandomGrayscale, RandomGrayscaleConfig> {
 public:
  static constexpr const char* keras_name = "RandomGrayscale";
  explicit RandomGrayscale(Config config = {});
};

}  // namespace rhyton
