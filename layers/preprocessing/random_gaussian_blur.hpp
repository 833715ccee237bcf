#pragma once
/// @file random_gaussian_blur.hpp  keras.layers.RandomGaussianBlur
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomGaussianBlurConfig {
  Factor factor = 1.0;
  Sizes<2> kernel_size = 3;
  Factor sigma = 1.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("factor", factor)("kernel_size", kernel_size)("sigma", sigma)("value_range", value_range)("seed", seed)(
        "data_format", data_format);
  }
};

/// Blurs images. Outside training the identity; training is not supported.
class RandomGaussianBlur final
    : public ops::InferenceOnlyImageLayer<RandomGaussianBlur, RandomGaussianBlurConfig> {
 public:
  static constexpr const char* keras_name = "RandomGaussianBlur";
  explicit RandomGaussianBlur(Config config = {});
};

}  // namespace rhyton
