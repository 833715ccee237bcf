#pragma once
/// @file cell_layer.hpp  The cell of SimpleRNN, LSTM and GRU as a layer: weights, and one step on its own.
#include "nn/recurrent.hpp"

namespace rhyton::ops {

/// A fused cell with what its weights begin as.
struct CellArguments {
  FusedCell cell;
  bool use_bias = true, unit_forget_bias = false;
  Initializer kernel_initializer, recurrent_initializer, bias_initializer;
  Regularizer kernel_regularizer, recurrent_regularizer, bias_regularizer;
  Constraint kernel_constraint, recurrent_constraint, bias_constraint;
};

/// From the arguments that a cell's class and its layer's class have in common. Throws ValueError, naming
/// `owner`, where they make no sense.
void check_cell(const Layer& owner, std::int64_t units, double dropout, double recurrent_dropout);
template <class Config>
void set_weight_arguments(CellArguments& out, const Config& c) {
  out.use_bias = c.use_bias;
  out.kernel_initializer = c.kernel_initializer;
  out.recurrent_initializer = c.recurrent_initializer;
  out.bias_initializer = c.bias_initializer;
  out.kernel_regularizer = c.kernel_regularizer;
  out.recurrent_regularizer = c.recurrent_regularizer;
  out.bias_regularizer = c.bias_regularizer;
  out.kernel_constraint = c.kernel_constraint;
  out.recurrent_constraint = c.recurrent_constraint;
  out.bias_constraint = c.bias_constraint;
}
template <class Config>
CellArguments cell_arguments(const Layer& owner, CellKind kind, const Config& c) {
  check_cell(owner, c.units, c.dropout, c.recurrent_dropout);
  CellArguments out;
  out.cell.kind = kind;
  out.cell.units = c.units;
  out.cell.activation = c.activation;
  out.cell.dropout = c.dropout;
  out.cell.recurrent_dropout = c.recurrent_dropout;
  if constexpr (requires { c.recurrent_activation; }) {
    out.cell.recurrent_activation = c.recurrent_activation;
    if (c.recurrent_dropout > 0.0 || c.implementation == 1) out.cell.dropout_masks = gate_count(kind);
  }
  if constexpr (requires { c.reset_after; }) out.cell.reset_after = c.reset_after;
  if constexpr (requires { c.unit_forget_bias; }) out.unit_forget_bias = c.unit_forget_bias;
  set_weight_arguments(out, c);
  return out;
}

/// The initializer of a gated bias: `base`, but ones for the forget gate.
Initializer forget_bias(const Initializer& base, Dim units);

/// (batch, features), states -> (batch, units), new states. Weights: kernel, recurrent_kernel, bias.
class CellLayer : public Layer, public RecurrentCell {
 public:
  CellLayer(std::string name, bool trainable, std::string dtype)
      : Layer(std::move(name), trainable, std::move(dtype)) {}
  CellLayer(const std::string& name, const Layer& owner, CellArguments arguments)
      : Layer(name, owner.trainable(), owner.dtype()), arguments_(std::move(arguments)) {}

  std::string class_name() const override;
  void write_config(ConfigWriter&) const override {}

  std::vector<Dim> state_size() const override;
  const FusedCell* fused() const override { return &arguments_.cell; }

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;

 protected:
  void set_arguments(CellArguments arguments) { arguments_ = std::move(arguments); }

 private:
  CellArguments arguments_;
};

}  // namespace rhyton::ops
