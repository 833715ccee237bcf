#pragma once
/// @file separable_conv_layer.hpp  Separable convolution layers of rank N.
#include "nn/ops/conv_part.hpp"

namespace rhyton {

/// Arguments of SeparableConv1D and SeparableConv2D.
template <std::size_t N>
struct SeparableConvConfig {
  std::int64_t filters = 0;
  Sizes<N> kernel_size = 0;
  Sizes<N> strides = 1;
  std::string padding = "valid";
  DataFormat data_format = {};
  Sizes<N> dilation_rate = 1;
  /// Filters for each channel in the first step.
  std::int64_t depth_multiplier = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform", pointwise_initializer = "glorot_uniform",
              bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {}, pointwise_regularizer = {}, bias_regularizer = {},
              activity_regularizer = {};
  Constraint depthwise_constraint = {}, pointwise_constraint = {}, bias_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("filters", filters).required("kernel_size", kernel_size)("strides", strides);
    f("padding", padding)("data_format", data_format)("dilation_rate", dilation_rate);
    f("depth_multiplier", depth_multiplier)("activation", activation)("use_bias", use_bias);
    f("depthwise_initializer", depthwise_initializer)("pointwise_initializer", pointwise_initializer);
    f("bias_initializer", bias_initializer)("depthwise_regularizer", depthwise_regularizer);
    f("pointwise_regularizer", pointwise_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer)("depthwise_constraint", depthwise_constraint);
    f("pointwise_constraint", pointwise_constraint)("bias_constraint", bias_constraint);
    for (const char* key : {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"})
      f.ignored_in_keras2(key);
  }
};

namespace ops {

/// A depthwise convolution, then a 1 x 1 convolution over its channels; made of both.
/// Weights: depthwise_kernel (spatial..., in, depth_multiplier), pointwise_kernel (1..., in depth_multiplier,
/// filters), bias (filters).
template <class Derived, std::size_t N>
class SeparableConvLayer : public LayerOf<Derived, SeparableConvConfig<N>> {
 public:
  explicit SeparableConvLayer(SeparableConvConfig<N>&& config)
      : LayerOf<Derived, SeparableConvConfig<N>>(std::move(config)) {
    const auto& c = this->config_;
    window_ = {static_cast<int>(N), spatial(c.kernel_size),
               spatial(c.strides),  spatial(c.dilation_rate),
               c.padding,           c.data_format.channels_first()};
    check_window(*this, window_, "kernel_size", false, true);
    check_multiplier(*this, c.depth_multiplier);
    this->expect_positive("filters", c.filters);
  }

  void build(const Shapes& input_shapes) override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const auto& c = this->config_;
    const Dim in = this->known_axis(input_shapes, channel_axis(window_));
    this->add_weight("depthwise_kernel", depthwise_shape(window_, in, c.depth_multiplier),
                     {c.depthwise_initializer, c.depthwise_regularizer, c.depthwise_constraint});
    Window pixel = window_;
    pixel.size = pixel.strides = pixel.dilation = {1, 1, 1};
    pixel.padding = "valid";
    Shape pointwise = depthwise_shape(pixel, in * c.depth_multiplier, c.filters);
    this->add_weight("pointwise_kernel", pointwise,
                     {c.pointwise_initializer, c.pointwise_regularizer, c.pointwise_constraint});
    if (c.use_bias)
      this->add_weight("bias", {c.filters}, {c.bias_initializer, c.bias_regularizer, c.bias_constraint});
    const auto& weights = this->own_weights();
    depthwise_ = std::make_shared<ConvPart>(*this, "depthwise", window_, c.depth_multiplier, true,
                                            ActivationFn(), weights[0], nullptr);
    pointwise_ = std::make_shared<ConvPart>(*this, "pointwise", pixel, c.filters, false, c.activation,
                                            weights[1], c.use_bias ? weights[2] : nullptr);
  }
  using Layer::build;

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    if (this->built())
      this->expect_axis(input_shapes, channel_axis(window_), this->own_weights()[0]->value.shape()[-2]);
    return {activated_shape(*this, this->config_.activation,
                            assemble(window_, x[0], output_size(*this, window_, x), this->config_.filters))};
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{compute_output_shape(spec.shapes())[0], this->real_dtype(spec)}};
  }

  bool is_composite() const override { return true; }
  bool has_backward() const override { return true; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec&) const override {
    return {LayerRef(pointwise_)(LayerRef(depthwise_)(inputs[0]))};
  }

 private:
  Window window_;
  std::shared_ptr<ConvPart> depthwise_, pointwise_;
};

}  // namespace ops
}  // namespace rhyton
