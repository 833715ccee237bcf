#pragma once
/// @file einsum_dense.hpp  keras.layers.EinsumDense
#include "nn/activations/activation_fn.hpp"
#include "nn/kernels/einsum.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct EinsumDenseConfig {
  /// "abc,cd->abd"; "..." stands for leading or trailing axes that are left as they are.
  std::string equation = {};
  /// Without the batch and the axes of "..."; an axis that the input has may be unknown.
  Shape output_shape = {};
  ActivationFn activation = {};
  std::optional<std::string> bias_axes = {};  ///< letters of the output; none: no bias
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("equation", equation).required("output_shape", output_shape);
    f("activation", activation)("bias_axes", bias_axes);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  }
};

/// y = activation(einsum(equation, x, kernel) + bias).
/// Weights: kernel (the equation's second operand), bias (its axes of the output, 1 in between).
class EinsumDense final : public LayerOf<EinsumDense, EinsumDenseConfig> {
 public:
  static constexpr const char* keras_name = "EinsumDense";
  explicit EinsumDense(Config config);

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  Traits traits(const CallSpec& spec) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;

 private:
  EinsumLabels labels(const Shape& x) const;
  /// The whole output shape, as far as x and `output_shape` tell.
  Shape output_shape(const EinsumLabels& labels, const Shape& x) const;
  /// True when the product is one of matrices as the tensors lie, and the bias belongs to its columns.
  bool is_dense(const EinsumLabels& labels) const;

  // Since build:
  int kernel_ = -1, bias_ = -1;
  EinsumLabels labels_;
  bool dense_ = false;
};

}  // namespace rhyton
