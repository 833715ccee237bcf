#pragma once
/// @file random_zoom.hpp  keras.layers.RandomZoom
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomZoomConfig {
  /// Height and width become 1 / (1 + a number from here) times as large on the image.
  Factor height_factor = 0.0;
  std::optional<Factor> width_factor = {};  ///< none: as the height
  std::string fill_mode = "reflect";        ///< or "constant", "nearest", "wrap"
  std::string interpolation = "bilinear";   ///< or "nearest"
  Number fill_value = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("height_factor", height_factor)("width_factor", width_factor);
    f("fill_mode", fill_mode)("interpolation", interpolation)("fill_value", fill_value);
    f("seed", seed)("data_format", data_format);
  }
};

/// Zooms every image by random factors in training. Outside training the identity.
class RandomZoom final : public ops::RandomImageLayer<RandomZoom, RandomZoomConfig> {
 public:
  static constexpr const char* keras_name = "RandomZoom";
  explicit RandomZoom(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Factor height_, width_;
  ops::RandomAffine affine_;
};

}  // namespace rhyton
