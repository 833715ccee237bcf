#pragma once
/// @file random_elastic_transform.hpp  keras.layers.RandomElasticTransform
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct RandomElasticTransformConfig {
  Factor factor = 1.0;
  Factor scale = 1.0;
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";
  Number fill_value = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("factor", factor)("scale", scale)("interpolation", interpolation)("fill_mode", fill_mode)(
        "fill_value", fill_value)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// In training, moves the pixels of some images by smooth random distances: noise, blurred by a Gaussian
/// window of sigma = 0.05 s min(height, width) and scaled by alpha = 0.1 s max(height, width), with one
/// strength s in `scale` for all images. Outside training the identity. (Both directions are drawn
/// independently; Keras on TensorFlow and JAX draws the same numbers twice, so that pixels move along
/// diagonals only.)
class RandomElasticTransform final
    : public ops::RandomImageLayer<RandomElasticTransform, RandomElasticTransformConfig> {
 public:
  static constexpr const char* keras_name = "RandomElasticTransform";
  explicit RandomElasticTransform(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  void draw_moves(const Call& c, const ops::ImageLayout& image, ops::Pieces& memory, View moves) const;

  ops::RandomAffine warp_;
};

}  // namespace rhyton
