#pragma once
/// @file dense.hpp  keras.layers.Dense
#include "nn/activations/activation_fn.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct DenseConfig {
  std::int64_t units = 0;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("units", units)("activation", activation)("use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  }
};

/// y = activation(x kernel + bias) along the last axis: (..., in) -> (..., units).
/// Weights: kernel (in, units), bias (units).
class Dense final : public LayerOf<Dense, DenseConfig> {
 public:
  static constexpr const char* keras_name = "Dense";
  explicit Dense(Config config);

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;
  bool supports_masking() const override { return true; }
  Traits traits(const CallSpec& spec) const override;

 private:
  int kernel_ = -1, bias_ = -1;
};

}  // namespace rhyton
