#pragma once
/// @file conv_lstm_layer.hpp  What ConvLSTM1D, ConvLSTM2D and ConvLSTM3D share.
#include "nn/ops/cell_layer.hpp"
#include "nn/ops/conv_op.hpp"
#include "nn/ops/recurrent_layer.hpp"

namespace rhyton {

/// Arguments of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D.
template <std::size_t N>
struct ConvLSTMConfig {
  std::int64_t filters = 0;
  Sizes<N> kernel_size = 0;
  Sizes<N> strides = 1;
  std::string padding = "valid";
  DataFormat data_format = {};
  Sizes<N> dilation_rate = 1;
  ActivationFn activation = "tanh", recurrent_activation = "sigmoid";
  bool use_bias = true, unit_forget_bias = true;
  Initializer kernel_initializer = "glorot_uniform", recurrent_initializer = "orthogonal",
              bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0.0, recurrent_dropout = 0.0;
  Seed seed = {};
  RHYTON_RNN_ARGUMENTS;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    rnn_fields(f, *this);
    f.required("filters", filters).required("kernel_size", kernel_size)("strides", strides);
    f("padding", padding)("data_format", data_format)("dilation_rate", dilation_rate);
    f("activation", activation)("recurrent_activation", recurrent_activation)("use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
    f("bias_initializer", bias_initializer)("unit_forget_bias", unit_forget_bias);
    f("kernel_regularizer", kernel_regularizer)("recurrent_regularizer", recurrent_regularizer);
    f("bias_regularizer", bias_regularizer)("activity_regularizer", activity_regularizer);
    f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint);
    f("bias_constraint", bias_constraint)("dropout", dropout)("recurrent_dropout", recurrent_dropout);
    f("seed", seed);
  }
};

namespace ops {

class ConvLstmCell;

/// An LSTM whose products are convolutions: (batch, steps, spatial..., channels) -> (batch, new spatial...,
/// filters), or with steps; then the final states h and c. One convolution takes in the inputs of all steps,
/// one a step goes over h.
class ConvLstmLayer : public Layer, public RecurrentInterface {
 public:
  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
  bool has_backward() const override { return true; }
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  MaskRule mask_rule(const CallSpec& spec) const override;

  bool expands() const override { return true; }
  SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                         const CallSpec& spec) const override;

 protected:
  using Layer::Layer;
  /// Throws ValueError, naming the layer, on arguments that make no sense.
  void set_cell(const CellArguments& arguments, const Window& window);
  void check_options(bool time_major) const;

 private:
  bool uses_mask(const CallSpec& spec) const;
  Shape state_shape(const Shape& x) const;
  /// A mask of steps, or of the states' first axes at every step: of positions.
  void check_mask(const Shape& x, const Shape& state, const Shape& mask) const;
  SymbolicTensors input_products(const SymbolicTensor& x, bool training) const;

  std::shared_ptr<ConvLstmCell> cell_;
  std::vector<std::shared_ptr<Weight>> states_;  ///< of a stateful layer
  bool keras2_ = LoadScope::dialect() == Dialect::keras2;
};

template <class Derived, std::size_t N>
class ConvLstmOf : public RecurrentOf<Derived, ConvLSTMConfig<N>, ConvLstmLayer> {
 public:
  explicit ConvLstmOf(ConvLSTMConfig<N>&& config)
      : RecurrentOf<Derived, ConvLSTMConfig<N>, ConvLstmLayer>(std::move(config)) {
    const auto& c = this->config_;
    this->check_options(c.time_major);
    this->expect_positive("filters", c.filters);
    this->set_cell(conv_cell_arguments(c),
                   {static_cast<int>(N), spatial(c.kernel_size), spatial(c.strides), spatial(c.dilation_rate),
                    c.padding, c.data_format.channels_first()});
  }

 private:
  static CellArguments conv_cell_arguments(const ConvLSTMConfig<N>& c) {
    CellArguments out;
    out.cell.kind = CellKind::lstm;
    out.cell.units = c.filters;
    out.cell.activation = c.activation;
    out.cell.recurrent_activation = c.recurrent_activation;
    out.cell.dropout = c.dropout;
    out.cell.recurrent_dropout = c.recurrent_dropout;
    out.unit_forget_bias = c.unit_forget_bias;
    set_weight_arguments(out, c);
    return out;
  }
};

}  // namespace ops
}  // namespace rhyton
