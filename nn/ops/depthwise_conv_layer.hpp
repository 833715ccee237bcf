#pragma once
/// @file depthwise_conv_layer.hpp  Depthwise convolution layers of rank N.
#include "nn/ops/conv_op.hpp"

namespace rhyton {

/// Arguments of DepthwiseConv1D and DepthwiseConv2D.
template <std::size_t N>
struct DepthwiseConvConfig {
  Sizes<N> kernel_size = 0;
  Sizes<N> strides = 1;
  std::string padding = "valid";
  /// Filters for each channel.
  std::int64_t depth_multiplier = 1;
  DataFormat data_format = {};
  Sizes<N> dilation_rate = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint depthwise_constraint = {}, bias_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("kernel_size", kernel_size)("strides", strides)("padding", padding);
    f("depth_multiplier", depth_multiplier)("data_format", data_format)("dilation_rate", dilation_rate);
    f("activation", activation)("use_bias", use_bias);
    f("depthwise_initializer", depthwise_initializer)("bias_initializer", bias_initializer);
    f("depthwise_regularizer", depthwise_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("depthwise_constraint", depthwise_constraint)("bias_constraint", bias_constraint);
    for (const char* key : {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"})
      f.ignored_in_keras2(key);
  }
};

namespace ops {

/// Each channel has its own filters: output channel c m + j is filter j of channel c.
/// Weights: kernel (spatial..., in, depth_multiplier), bias (in depth_multiplier).
template <class Derived, std::size_t N>
class DepthwiseConvLayer : public LayerOf<Derived, DepthwiseConvConfig<N>> {
 public:
  explicit DepthwiseConvLayer(DepthwiseConvConfig<N>&& config)
      : LayerOf<Derived, DepthwiseConvConfig<N>>(std::move(config)) {
    const auto& c = this->config_;
    window_ = {static_cast<int>(N), spatial(c.kernel_size),
               spatial(c.strides),  spatial(c.dilation_rate),
               c.padding,           c.data_format.channels_first()};
    check_window(*this, window_, "kernel_size", false, true);
    check_multiplier(*this, c.depth_multiplier);
  }

  void build(const Shapes& input_shapes) override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const auto& c = this->config_;
    const Dim in = this->known_axis(input_shapes, channel_axis(window_));
    kernel_ = this->add_weight("kernel", depthwise_shape(window_, in, c.depth_multiplier),
                               {c.depthwise_initializer, c.depthwise_regularizer, c.depthwise_constraint});
    if (c.use_bias)
      bias_ = this->add_weight("bias", {in * c.depth_multiplier},
                               {c.bias_initializer, c.bias_regularizer, c.bias_constraint});
  }
  using Layer::build;

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    if (this->built())
      this->expect_axis(input_shapes, channel_axis(window_), this->own_weights()[0]->value.shape()[-2]);
    const Dim in = channels_of(window_, x);
    return {activated_shape(*this, this->config_.activation,
                            assemble(window_, x[0], output_size(*this, window_, x),
                                     in < 0 ? unknown : in * this->config_.depth_multiplier))};
  }

  void prepare(Prepare& p) const override {
    prepare_conv(p, desc(p.input().shape), this->config_.activation);
  }
  void call(Call& c) const override { call_conv(c, kernel_, this->config_.activation, bias_); }
  void backward(Backward& b) const override { backward_conv(b, kernel_, this->config_.activation, bias_); }

  Traits traits(const CallSpec& spec) const override {
    if (this->config_.activation.custom() || !spec.shape().is_known()) return {};
    ConvTraits t{desc(spec.shape()), kernel_, bias_};
    t.desc.activation = this->config_.activation.spec();
    return t;
  }
  double flops(const CallSpec& spec, const std::vector<TensorSpec>&) const override {
    return conv_flops(desc(spec.shape()));
  }

 private:
  ConvDesc desc(const Shape& x) const {
    return depthwise_desc(*this, window_, x, this->config_.depth_multiplier, this->config_.use_bias);
  }
  Window window_;
  int kernel_ = -1, bias_ = -1;
};

}  // namespace ops
}  // namespace rhyton
