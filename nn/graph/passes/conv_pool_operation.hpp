#pragma once
/// @file conv_pool_operation.hpp  A convolution and the max pooling behind it in one step.
#include "nn/graph/passes/conv_operation.hpp"

namespace rhyton::detail {

/// y = max over 2 x 2 windows of f(normalize(x * w + b)); see conv_pool.hpp. Weights as in ConvOperation.
class ConvPoolOperation final : public Operation {
 public:
  explicit ConvPoolOperation(ConvOperation conv) : conv_(std::move(conv)) {}

  std::string class_name() const override { return "ConvPoolOperation"; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  void weights_changed(Call& c) const override { conv_.weights_changed(c); }
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;

 private:
  ConvOperation conv_;
};

}  // namespace rhyton::detail
