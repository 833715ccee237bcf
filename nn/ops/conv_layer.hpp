#pragma once
/// @file conv_layer.hpp  Convolution layers of rank N.
#include "nn/ops/conv_op.hpp"

namespace rhyton {

/// Arguments of Conv1D, Conv2D and Conv3D.
template <std::size_t N>
struct ConvConfig {
  std::int64_t filters = 0;
  Sizes<N> kernel_size = 0;
  Sizes<N> strides = 1;
  std::string padding = "valid";
  DataFormat data_format = {};
  Sizes<N> dilation_rate = 1;
  std::int64_t groups = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("filters", filters)
        .required("kernel_size", kernel_size)("strides", strides)("padding", padding);
    f("data_format", data_format)("dilation_rate", dilation_rate)("groups", groups);
    f("activation", activation)("use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  }
};

namespace ops {

/// y = activation(x * kernel + bias). Weights: kernel (spatial..., in / groups, filters), bias (filters).
template <class Derived, std::size_t N>
class ConvLayer : public LayerOf<Derived, ConvConfig<N>> {
 public:
  using Base = LayerOf<Derived, ConvConfig<N>>;
  explicit ConvLayer(ConvConfig<N>&& config) : Base(std::move(config)) {
    const auto& c = this->config_;
    window_ = {static_cast<int>(N), spatial(c.kernel_size),
               spatial(c.strides),  spatial(c.dilation_rate),
               c.padding,           c.data_format.channels_first()};
    check_window(*this, window_, "kernel_size", N == 1);
    this->expect_positive("filters", c.filters);
    if (c.groups <= 0 || c.filters % c.groups != 0)
      this->fail("`filters` must be evenly divisible by `groups`. Received: filters=" +
                 std::to_string(c.filters) + ", groups=" + std::to_string(c.groups) + ".");
  }

  void build(const Shapes& input_shapes) override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const auto& c = this->config_;
    const Dim in = this->known_axis(input_shapes, channel_axis(window_));
    if (in <= 0 || in % c.groups != 0)
      this->fail(
          "the number of input channels must be evenly divisible by the number of groups. Received: groups=" +
          std::to_string(c.groups) + ", input shape " + to_string(input_shapes[0]) + ".");
    Shape shape;
    for (std::size_t i = 0; i < N; ++i) shape.push_back(c.kernel_size[i]);
    shape.push_back(in / c.groups);
    shape.push_back(c.filters);
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
      this->expect_axis(input_shapes, channel_axis(window_),
                        this->own_weights()[0]->value.shape()[-2] * this->config_.groups);
    return {activated_shape(*this, this->config_.activation,
                            assemble(window_, x[0], output_size(*this, window_, x), this->config_.filters))};
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
    return conv_desc(*this, window_, x, this->config_.filters, this->config_.groups, this->config_.use_bias);
  }
  Window window_;
  int kernel_ = -1, bias_ = -1;
};

}  // namespace ops
}  // namespace rhyton
