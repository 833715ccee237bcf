#pragma once
/// @file local_conv_layer.hpp  LocallyConnected1D and LocallyConnected2D of Keras 2.
#include "nn/ops/local_conv_op.hpp"

namespace rhyton {

/// Arguments of LocallyConnected1D and LocallyConnected2D.
template <std::size_t N>
struct LocalConvConfig {
  std::int64_t filters = 0;
  Sizes<N> kernel_size = 0;
  Sizes<N> strides = 1;
  std::string padding = "valid";
  DataFormat data_format = {};
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {}, activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  std::int64_t implementation = 1;  ///< how Keras lays out its weights: 1 only
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("filters", filters).required("kernel_size", kernel_size);
    f("strides", strides)("padding", padding)("data_format", data_format);
    f("activation", activation)("use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
    f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
    f("implementation", implementation);
  }
};

namespace ops {

/// Weights: kernel (places, size of the window times in, filters), bias (spatial..., filters). The input's
/// sizes must be known.
template <class Derived, std::size_t N>
class LocalConvLayer : public LayerOf<Derived, LocalConvConfig<N>> {
 public:
  explicit LocalConvLayer(LocalConvConfig<N>&& config)
      : LayerOf<Derived, LocalConvConfig<N>>(std::move(config)) {
    const auto& c = this->config_;
    window_ = {static_cast<int>(N), spatial(c.kernel_size),        spatial(c.strides), {1, 1, 1},
               c.padding,           c.data_format.channels_first()};
    check_window(*this, window_, "kernel_size", false);
    this->expect_positive("filters", c.filters);
    if (c.implementation != 1)
      throw NotSupported(this->label() + ": `implementation` other than 1 is not supported.");
    if (c.padding != "valid")
      this->fail("with implementation=1, `padding` must be \"valid\". Received: padding=" + c.padding + ".");
  }

  void build(const Shapes& input_shapes) override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const auto& c = this->config_;
    for (int axis = 1; axis < static_cast<int>(N) + 2; ++axis) this->known_axis(input_shapes, axis);
    const LocalConv conv(*this, window_, input_shapes[0], c.filters);
    // Throws where these numbers overflow.
    const Dim places = Shape{conv.out[0], conv.out[1]}.size(),
              features = Shape{conv.size[0], conv.size[1], conv.channels}.size();
    kernel_ = this->add_weight("kernel", {places, features, c.filters},
                               {c.kernel_initializer, c.kernel_regularizer, c.kernel_constraint});
    if (!c.use_bias) return;
    const Spatial sizes = output_size(*this, window_, input_shapes[0]);
    Shape shape;
    for (std::size_t i = 0; i < N; ++i) shape.push_back(sizes[i]);
    shape.push_back(c.filters);
    bias_ = this->add_weight("bias", shape, {c.bias_initializer, c.bias_regularizer, c.bias_constraint});
  }
  using Layer::build;

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    if (this->built())
      for (int axis = 1; axis < x.rank(); ++axis)
        this->expect_axis(input_shapes, axis, this->build_spec().inputs[0].shape[axis]);
    return {assemble(window_, x[0], output_size(*this, window_, x), this->config_.filters)};
  }

  void prepare(Prepare& p) const override {
    prepare_local_conv(p, conv(p.input().shape), this->config_.activation);
  }
  void call(Call& c) const override {
    call_local_conv(c, conv(c.input().shape()), kernel_, this->config_.activation, bias_);
  }
  void backward(Backward& b) const override {
    backward_local_conv(b, conv(b.input().shape()), kernel_, this->config_.activation, bias_);
  }

 private:
  LocalConv conv(const Shape& x) const { return LocalConv(*this, window_, x, this->config_.filters); }
  Window window_;
  int kernel_ = -1, bias_ = -1;
};

}  // namespace ops
}  // namespace rhyton
