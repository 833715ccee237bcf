#pragma once
/// @file random_elastic_transform.hpp  keras.layers.RandomElasticTransform
#include "nn/ops/image_layer.hpp"

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

  template <class F>
  void fields(F& f) {
    f("factor", factor)("scale", scale)("interpolation", interpolation)("fill_mode", fill_mode)(
        "fill_value", fill_value)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Distorts images by smooth random displacements. Outside training the identity; training is not supported.
class RandomElasticTransform final
    : public ops::InferenceOnlyImageLayer<RandomElasticTransform, RandomElasticTransformConfig> {
 public:
  static constexpr const char* keras_name = "RandomElasticTransform";
  explicit RandomElasticTransform(Config config = {});
};

}  // namespace rhyton
