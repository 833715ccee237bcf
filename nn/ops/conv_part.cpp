#include "nn/ops/conv_part.hpp"

namespace rhyton::ops {

ConvPart::ConvPart(const Layer& owner, const std::string& name, const Window& window, Dim filters,
                   bool depthwise, const ActivationFn& activation, const std::shared_ptr<Weight>& kernel,
                   const std::shared_ptr<Weight>& bias)
    : Layer(owner, name),
      owner_class_(owner.class_name()),
      window_(window),
      filters_(filters),
      depthwise_(depthwise),
      activation_(activation) {
  kernel_ = share_weight(kernel);
  if (bias) bias_ = share_weight(bias);
}

ConvDesc ConvPart::desc(const Shape& x) const {
  if (depthwise_) return depthwise_desc(*this, window_, x, filters_, bias_ >= 0);
  return conv_desc(*this, window_, x, filters_, 1, bias_ >= 0);
}

Shapes ConvPart::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, window_.rank + 2);
  const Shape& x = input_shapes[0];
  const Dim in = channels_of(window_, x);
  const Dim channels = !depthwise_ ? filters_ : in < 0 ? unknown : in * filters_;
  return {assemble(window_, x[0], output_size(*this, window_, x), channels)};
}

void ConvPart::prepare(Prepare& p) const { prepare_conv(p, desc(p.input().shape), activation_); }
void ConvPart::call(Call& c) const { call_conv(c, kernel_, activation_, bias_); }
void ConvPart::backward(Backward& b) const { backward_conv(b, kernel_, activation_, bias_); }

Traits ConvPart::traits(const CallSpec& spec) const {
  if (activation_.custom() || !spec.shape().is_known()) return {};
  ConvTraits t{desc(spec.shape()), kernel_, bias_};
  t.desc.activation = activation_.spec();
  return t;
}

double ConvPart::flops(const CallSpec& spec, const std::vector<TensorSpec>&) const {
  return conv_flops(desc(spec.shape()));
}

}  // namespace rhyton::ops
