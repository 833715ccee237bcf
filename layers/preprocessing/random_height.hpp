#pragma once
/// @file random_height.hpp  keras.layers.RandomHeight of Keras 2
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomHeightConfig {
  Factor factor = 0.0;  ///< by which the height changes
  std::string interpolation = "bilinear";
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("factor", factor)("interpolation", interpolation)("seed", seed);
  }
};

/// Resizes a batch of images (..., height, width, channels) to a random height. Outside training the
/// identity; training is not supported.
class RandomHeight final : public ops::InferenceOnlyImageLayer<RandomHeight, RandomHeightConfig> {
 public:
  static constexpr const char* keras_name = "RandomHeight";
  explicit RandomHeight(Config config);
  /// Of any height until a batch comes.
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  /// Keras 3 has it among its deprecated layers.
  std::string keras_module() const override { return "keras._legacy.layers"; }
};

}  // namespace rhyton
