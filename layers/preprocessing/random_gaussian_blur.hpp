#pragma once
/// @file random_gaussian_blur.hpp  keras.layers.RandomGaussianBlur
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomGaussianBlurConfig {
  Factor factor = 1.0;
  Sizes<2> kernel_size = 3;
  Factor sigma = 1.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("factor", factor)("kernel_size", kernel_size)("sigma", sigma)("value_range", value_range)("seed", seed)(
        "data_format", data_format);
  }
};

/// In training, blurs some images with a Gaussian window, the same in both directions but for its two widths.
/// Outside training the identity.
class RandomGaussianBlur final : public ops::RandomPixelLayer<RandomGaussianBlur, RandomGaussianBlurConfig> {
 public:
  static constexpr const char* keras_name = "RandomGaussianBlur";
  static constexpr Dim numbers = 3;
  explicit RandomGaussianBlur(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
