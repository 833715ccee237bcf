#pragma once
/// @file random_width.hpp  keras.layers.RandomWidth of Keras 2
#include "nn/ops/random_size.hpp"

namespace rhyton {

struct RandomWidthConfig {
  Factor factor = 0.0;  ///< by which the width changes
  std::string interpolation = "bilinear";
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("factor", factor)("interpolation", interpolation)("seed", seed); }
};

/// In training, resizes a batch of images (..., height, width, channels) to a random width, another one in
/// every step. Outside training the identity.
class RandomWidth final : public ops::RandomSizeLayer<RandomWidth, RandomWidthConfig> {
 public:
  static constexpr const char* keras_name = "RandomWidth";
  static constexpr int axis = -2;
  using RandomSizeLayer::RandomSizeLayer;
  /// Keras 3 has it among its deprecated layers.
  std::string keras_module() const override { return "keras._legacy.layers"; }
};

}  // namespace rhyton
