#pragma once
/// @file random_invert.hpp  keras.layers.RandomInvert
#include "nn/ops/colour_op.hpp"

namespace rhyton {

struct RandomInvertConfig {
  Factor factor = 1.0;
  Factor value_range = {0, 255};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("factor", factor)("value_range", value_range)("seed", seed)("data_format", data_format);
  }
};

/// Inverts some images in training. Outside training the identity.
class RandomInvert final : public ops::RandomImageLayer<RandomInvert, RandomInvertConfig> {
 public:
  static constexpr const char* keras_name = "RandomInvert";
  explicit RandomInvert(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
