#pragma once
/// @file random_height.hpp  keras.layers.RandomHeight of Keras 2
#include "nn/ops/random_size.hpp"

namespace rhyton {

struct RandomHeightConfig {
  Factor factor = 0.0;  ///< by which the height changes
  std::string interpolation = "bilinear";
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("factor", factor)("interpolation", interpolation)("seed", seed); }
};

/// In training, resizes a batch of images (..., height, width, channels) to a random height, another one in
/// every step. Outside training the identity.
class RandomHeight final : public ops::RandomSizeLayer<RandomHeight, RandomHeightConfig> {
 public:
  static constexpr const char* keras_name = "RandomHeight";
  static constexpr int axis = -3;
  using RandomSizeLayer::RandomSizeLayer;
  /// Keras 3 has it among its deprecated layers.
  std::string keras_module() const override { return "keras._legacy.layers"; }
};

}  // namespace rhyton
