#pragma once
/// @file conv_transpose_layer.hpp  Transposed convolution layers of rank N.
#include "nn/ops/conv_op.hpp"

namespace rhyton {

/// Arguments of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose.
template <std::size_t N>
struct ConvTransposeConfig {
  std::int64_t filters = 0;
  Sizes<N> kernel_size = 0;
  Sizes<N> strides = 1;
  std::string padding = "valid";
  /// Cells added to the output's size, less than the strides; unset: Keras's usual size.
  std::optional<Sizes<N>> output_padding = {};
  DataFormat data_format = {};
  Sizes<N> dilation_rate = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("filters", filters).required("kernel_size", kernel_size)("strides", strides);
    f("padding", padding)("output_padding", output_padding)("data_format", data_format);
    f("dilation_rate", dilation_rate)("activation", activation)("use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
    f.ignored_in_keras2("groups");
  }
};

namespace ops {

/// The gradient of a convolution with respect to its input, used forward, plus a bias.
/// Weights: kernel (spatial..., filters, in), bias (filters).
template <class Derived, std::size_t N>
class ConvTransposeLayer : public LayerOf<Derived, ConvTransposeConfig<N>> {
 public:
  explicit ConvTransposeLayer(ConvTransposeConfig<N>&& config)
      : LayerOf<Derived, ConvTransposeConfig<N>>(std::move(config)) {
    const auto& c = this->config_;
    window_ = {static_cast<int>(N), spatial(c.kernel_size),
               spatial(c.strides),  spatial(c.dilation_rate),
               c.padding,           c.data_format.channels_first()};
    check_window(*this, window_, "kernel_size", false);
    this->expect_positive("filters", c.filters);
    if (c.output_padding) output_padding_ = spatial(*c.output_padding);
    check_output_padding(*this, window_, output_padding_);
  }

  void build(const Shapes& input_shapes) override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const auto& c = this->config_;
    Shape shape;
    for (std::size_t i = 0; i < N; ++i) shape.push_back(c.kernel_size[i]);
    shape.push_back(c.filters);
    shape.push_back(this->known_axis(input_shapes, channel_axis(window_)));
    kernel_ =
        this->add_weight("kernel", shape, {c.kernel_initializer, c.kernel_regularizer, c.kernel_constraint});
    if (c.use_bias)
      bias_ =
          this->add_weight("bias", {c.filters}, {c.bias_initializer, c.bias_regularizer, c.bias_constraint});
  }
  using Layer::build;

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    if (this->built())
      this->expect_axis(input_shapes, channel_axis(window_), this->own_weights()[0]->value.shape()[-1]);
    return {activated_shape(
        *this, this->config_.activation,
        assemble(window_, x[0], transposed_size(*this, window_, output_padding_, x), this->config_.filters))};
  }

  void prepare(Prepare& p) const override {
    prepare_conv(p, desc(p.input().shape), this->config_.activation, true);
  }
  void call(Call& c) const override { call_conv(c, kernel_, this->config_.activation, bias_); }
  void backward(Backward& b) const override { backward_conv(b, kernel_, this->config_.activation, bias_); }
  double flops(const CallSpec& spec, const std::vector<TensorSpec>&) const override {
    ConvDesc d = desc(spec.shape());
    d.out = d.in;
    return conv_flops(d);
  }

 private:
  ConvDesc desc(const Shape& x) const {
    return conv_transpose_desc(*this, window_, output_padding_, x, this->config_.filters,
                               this->config_.use_bias);
  }
  Window window_;
  std::optional<Spatial> output_padding_;
  int kernel_ = -1, bias_ = -1;
};

}  // namespace ops
}  // namespace rhyton
