#pragma once
/// @file random_perspective.hpp  keras.layers.RandomPerspective
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomPerspectiveConfig {
  Factor factor = 1.0;
  Number scale = 1.0;
  std::string interpolation = "bilinear";
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("factor", factor)("scale", scale)("interpolation", interpolation)("fill_value", fill_value)(
        "seed", seed)("data_format", data_format);
  }
};

/// In training, moves the corners of some images by up to `scale` / 2 of their places, which changes the
/// perspective; what was not in the image is `fill_value`. Outside training the identity.
class RandomPerspective final : public ops::RandomImageLayer<RandomPerspective, RandomPerspectiveConfig> {
 public:
  static constexpr const char* keras_name = "RandomPerspective";
  explicit RandomPerspective(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ops::RandomAffine warp_;
};

}  // namespace rhyton
