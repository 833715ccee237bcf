#pragma once
/// @file auto_contrast.hpp  keras.layers.AutoContrast
#include "nn/ops/image_op.hpp"

namespace rhyton {

struct AutoContrastConfig {
  Factor value_range = {0, 255};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("value_range", value_range)("data_format", data_format); }
};

/// Stretches every channel of an image over the whole value range, in training and outside; channels of one
/// value stay. The shape stays. As Keras has it, the last axis counts channels in every data format.
class AutoContrast final : public LayerOf<AutoContrast, AutoContrastConfig> {
 public:
  static constexpr const char* keras_name = "AutoContrast";
  explicit AutoContrast(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
