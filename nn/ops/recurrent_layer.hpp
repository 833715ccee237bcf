#pragma once
/// @file recurrent_layer.hpp  What RNN, SimpleRNN, LSTM and GRU share: a cell, and the loop over time.
#include "nn/load_scope.hpp"
#include "nn/ops/cell_layer.hpp"

namespace rhyton::ops {

struct RecurrentCall;

/// (batch, steps, features), initial states in the role "initial_state", mask -> output, final states. A cell
/// that the kernels know is one step; a stack of cells expands to one loop a cell, any other cell to a call a
/// time step.
class RecurrentLayer : public Layer, public RecurrentInterface {
 public:
  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
  std::vector<std::shared_ptr<Weight>> step_weights() const override;
  bool has_backward() const override;

  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  MaskRule mask_rule(const CallSpec& spec) const override;

  bool expands() const override { return !cell().fused(); }
  SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                         const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;

 protected:
  using Layer::Layer;
  void set_cell(LayerRef cell);
  /// Throws on what no recurrent layer takes.
  void check_options(bool time_major) const;
  const RecurrentCell& cell() const;
  /// States between calls that belong to another layer (a stack's).
  void set_states(std::vector<std::shared_ptr<Weight>> states) { states_ = std::move(states); }

 private:
  RecurrentCall step_call(const CallSpec& spec) const;
  bool uses_mask(const CallSpec& spec) const;
  SymbolicTensors expand_stack(const SymbolicTensors& inputs, const SymbolicTensor& mask,
                               const CallSpec& spec) const;
  SymbolicTensors unroll(const SymbolicTensors& inputs, const SymbolicTensor& mask,
                         const CallSpec& spec) const;

  LayerRef cell_;
  std::vector<std::shared_ptr<Weight>> states_;  ///< of a stateful layer
  bool keras2_ = LoadScope::dialect() == Dialect::keras2;
};

/// A recurrent layer with a Config that has RHYTON_RNN_ARGUMENTS.
template <class Derived, class ConfigT, class Base = RecurrentLayer>
class RecurrentOf : public LayerOf<Derived, ConfigT, Base> {
 public:
  using LayerOf<Derived, ConfigT, Base>::LayerOf;
  bool has_backward() const override { return Base::has_backward(); }
  RecurrentOptions recurrent_options() const override {
    const ConfigT& c = this->config_;
    return {c.return_sequences, c.return_state, c.go_backwards, c.stateful, c.unroll, c.zero_output_for_mask};
  }
  void set_zero_output_for_mask(bool zero) override { this->config_.zero_output_for_mask = zero; }
};

}  // namespace rhyton::ops
