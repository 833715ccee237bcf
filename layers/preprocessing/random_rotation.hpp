#pragma once
/// @file random_rotation.hpp  keras.layers.RandomRotation
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomRotationConfig {
  /// Part of a full turn, positive counter-clockwise.
  Factor factor = 0.0;
  std::string fill_mode = "reflect";       ///< or "constant", "nearest", "wrap"
  std::string interpolation = "bilinear";  ///< or "nearest"
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor);
    f("fill_mode", fill_mode)("interpolation", interpolation)("fill_value", fill_value);
    f("seed", seed)("data_format", data_format);
  }
};

/// Turns every image about its middle by a random angle in training. Outside training the identity.
class RandomRotation final : public ops::RandomImageLayer<RandomRotation, RandomRotationConfig> {
 public:
  static constexpr const char* keras_name = "RandomRotation";
  explicit RandomRotation(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ops::RandomAffine affine_;
};

}  // namespace rhyton
