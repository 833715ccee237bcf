#pragma once
/// @file random_width.hpp  keras.layers.RandomWidth of Keras 2
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomWidthConfig {
  Factor factor = 0.0;  ///< by which the width changes
  std::string interpolation = "bilinear";
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("factor", factor)("interpolation", interpolation)("seed", seed);
  }
};

/// Resizes a batch of images (..., height, width, channels) to a random width. Outside training the identity;
/// training is not supported.
class RandomWidth final : public ops::InferenceOnlyImageLayer<RandomWidth, RandomWidthConfig> {
 public:
  static constexpr const char* keras_name = "RandomWidth";
  explicit RandomWidth(Config config);
  /// Of any width until a batch comes.
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  /// Keras 3 has it among its deprecated layers.
  std::string keras_module() const override { return "keras._legacy.layers"; }
};

}  // namespace rhyton
