#pragma once
/// @file rms_normalization.hpp  keras.layers.RMSNormalization
#include "nn/arguments.hpp"
#include "nn/layer.hpp"
#include "nn/whole_outputs.hpp"

namespace rhyton {

struct RMSNormalizationConfig {
  AxisList axis = -1;
  double epsilon = 1e-6;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("axis", axis)("epsilon", epsilon); }
};

/// y = scale x / sqrt(mean(x^2) + epsilon) along `axis` (Zhang and Sennrich, 2019). The shape stays.
/// Weights: scale (sizes of the axes).
class RMSNormalization final : public LayerOf<RMSNormalization, RMSNormalizationConfig>, public WholeOutputs {
 public:
  static constexpr const char* keras_name = "RMSNormalization";
  explicit RMSNormalization(Config config = {});

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  int scale_ = -1;
};

}  // namespace rhyton
