#pragma once
/// @file layer_normalization.hpp  keras.layers.LayerNormalization
#include "nn/arguments.hpp"
#include "nn/layer.hpp"
#include "nn/whole_outputs.hpp"

namespace rhyton {

struct LayerNormalizationConfig {
  /// The axes that are normalized together; gamma and beta have their sizes.
  AxisList axis = -1;
  double epsilon = 1e-3;
  bool center = true, scale = true;
  /// Keras's deprecated form: x gamma / sqrt(variance + epsilon), without mean and beta.
  bool rms_scaling = false;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("axis", axis)("epsilon", epsilon)("center", center)("scale", scale)("rms_scaling", rms_scaling);
    f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
    f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
    f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint);
  }
};

/// Gives every sample mean 0 and variance 1 along `axis`, then scales and shifts (Ba et al., 2016):
/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta. The shape stays.
/// Weights: gamma (if `scale`), beta (if `center`).
class LayerNormalization final : public LayerOf<LayerNormalization, LayerNormalizationConfig>,
                                 public WholeOutputs {
 public:
  static constexpr const char* keras_name = "LayerNormalization";
  explicit LayerNormalization(Config config = {});

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 private:
  int gamma_ = -1, beta_ = -1;
};

}  // namespace rhyton
