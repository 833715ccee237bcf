#pragma once
/// @file random_translation.hpp  keras.layers.RandomTranslation
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomTranslationConfig {
  /// Parts of height and width, positive down and to the right.
  Factor height_factor = 0.0, width_factor = 0.0;
  std::string fill_mode = "reflect";       ///< or "constant", "nearest", "wrap"
  std::string interpolation = "bilinear";  ///< or "nearest"
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("height_factor", height_factor).required("width_factor", width_factor);
    f("fill_mode", fill_mode)("interpolation", interpolation)("fill_value", fill_value);
    f("seed", seed)("data_format", data_format);
  }
};

/// Moves every image by random distances in training. Outside training the identity.
class RandomTranslation final : public ops::RandomImageLayer<RandomTranslation, RandomTranslationConfig> {
 public:
  static constexpr const char* keras_name = "RandomTranslation";
  explicit RandomTranslation(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Factor height_, width_;
  ops::RandomAffine affine_;
};

}  // namespace rhyton
