#pragma once
/// @file random_shear.hpp  keras.layers.RandomShear
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomShearConfig {
  Factor x_factor = 0.0;
  Factor y_factor = 0.0;
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("x_factor", x_factor)("y_factor", y_factor)("interpolation", interpolation)("fill_mode", fill_mode)(
        "fill_value", fill_value)("seed", seed)("data_format", data_format);
  }
};

/// Shears images from their upper left corner in training, all one way or the other. Outside training the
/// identity.
class RandomShear final : public ops::RandomImageLayer<RandomShear, RandomShearConfig> {
 public:
  static constexpr const char* keras_name = "RandomShear";
  explicit RandomShear(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ops::RandomAffine affine_;
};

}  // namespace rhyton
