#pragma once
/// @file custom_scale_layer.hpp  CustomScaleLayer of keras.applications.inception_resnet_v2
#include "nn/layer.hpp"

namespace rhyton {

struct CustomScaleLayerConfig {
  double scale = 1.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("scale", scale); }
};

/// x0 + scale x1. Takes two inputs of one shape.
class CustomScaleLayer final : public LayerOf<CustomScaleLayer, CustomScaleLayerConfig> {
 public:
  static constexpr const char* keras_name = "CustomScaleLayer";
  explicit CustomScaleLayer(Config config);

  std::string keras_module() const override { return "keras.src.applications.inception_resnet_v2"; }
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
