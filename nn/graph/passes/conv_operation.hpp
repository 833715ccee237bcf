#pragma once
/// @file conv_operation.hpp  A convolution with what passes put into it: boxes before it, and behind it a
/// folded batch normalization, a residual sum and an activation.
#include <optional>

#include "nn/activations/activation_fn.hpp"
#include "nn/graph/program.hpp"

namespace rhyton::detail {

/// y = f(normalize(x * w + b) + z). Inputs: x, and z if `desc.add`. Weights: the convolution's, then the
/// normalization's from `first_norm_weight` on.
class ConvOperation final : public Operation {
 public:
  explicit ConvOperation(const ConvTraits& traits);

  ConvTraits conv;
  ActivationFn activation;
  std::optional<BatchNormTraits> norm;
  int first_norm_weight = 0;

  std::string class_name() const override { return "ConvOperation"; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  void weights_changed(Call& c) const override;
  /// For a step of another class around this convolution: what `desc` becomes, the kernel with the folded
  /// weights (the step keeps it second), and the kernel and bias that its call uses.
  ConvDesc planned(const Prepare& p) const;
  void keep_folded(Prepare& p) const;
  std::pair<ConstView, ConstView> weights(const StepContext& c) const;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;
};

/// The operation of step s as a ConvOperation to be changed, made from its layer's traits if need be; null
/// for others.
ConvOperation* as_conv(Program& program, int s);
bool is_conv(const Program& program, int s);
/// The convolution of step s as it stands; only for steps that are one.
ConvOperation conv_at(const Program& program, int s);

}  // namespace rhyton::detail
