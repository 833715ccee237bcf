#pragma once
/// @file random_color_degeneration.hpp  keras.layers.RandomColorDegeneration
#include "nn/ops/colour_op.hpp"

namespace rhyton {

struct RandomColorDegenerationConfig {
  Factor factor = 0.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Mixes images with their grey version in training, when they must have 3 channels. Outside training the
/// identity.
class RandomColorDegeneration final
    : public ops::RandomImageLayer<RandomColorDegeneration, RandomColorDegenerationConfig> {
 public:
  static constexpr const char* keras_name = "RandomColorDegeneration";
  explicit RandomColorDegeneration(Config config);

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
