#pragma once
/// @file conv_part.hpp  A convolution that is a part of another layer, on that layer's weights.
#include "nn/ops/conv_op.hpp"

namespace rhyton::ops {

/// Plain, or depthwise; frozen when its owner is.
class ConvPart final : public Layer {
 public:
  /// `filters`: for each channel if depthwise. `bias` may be null.
  ConvPart(const Layer& owner, const std::string& name, const Window& window, Dim filters, bool depthwise,
           const ActivationFn& activation, const std::shared_ptr<Weight>& kernel,
           const std::shared_ptr<Weight>& bias);

  /// Of the owner: that is what errors name.
  std::string class_name() const override { return owner_class_; }
  void write_config(ConfigWriter&) const override {}
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  Traits traits(const CallSpec& spec) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;

 private:
  ConvDesc desc(const Shape& x) const;
  std::string owner_class_;
  Window window_;
  Dim filters_;
  bool depthwise_;
  ActivationFn activation_;
  int kernel_ = -1, bias_ = -1;
};

}  // namespace rhyton::ops
