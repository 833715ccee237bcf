#pragma once
/// @file layer_scale.hpp  LayerScale of keras.applications.convnext
#include "nn/layer.hpp"

namespace rhyton {

struct LayerScaleConfig {
  double init_values = 1e-6;
  std::int64_t projection_dim = 0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("init_values", init_values).required("projection_dim", projection_dim);
  }
};

/// y = gamma x along the last axis (Touvron et al., 2021), which has `projection_dim` elements or one. The
/// shape stays. Weights: gamma (projection_dim), which Keras leaves without a name of its own: "variable".
class LayerScale final : public LayerOf<LayerScale, LayerScaleConfig> {
 public:
  static constexpr const char* keras_name = "LayerScale";
  explicit LayerScale(Config config);

  std::string keras_module() const override { return "keras.src.applications.convnext"; }
  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  int gamma_ = -1;
};

}  // namespace rhyton
