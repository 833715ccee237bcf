#include "nn/ops/conv_lstm_layer.hpp"

#include <algorithm>

#include "nn/ops/conv_lstm_gates.hpp"
#include "nn/ops/conv_part.hpp"
#include "nn/ops/recurrent_op.hpp"
#include "nn/ops/time_layers.hpp"

namespace rhyton::ops {

/// The weights, and the two convolutions that use them.
class ConvLstmCell final : public Layer {
 public:
  ConvLstmCell(const Layer& owner, CellArguments arguments, Window window)
      : Layer(owner.name() + "/conv_lstm_cell", /*trainable*/ true, owner.dtype()),
        a_(std::move(arguments)),
        window_(std::move(window)) {}
  std::string class_name() const override { return "ConvLSTMCell"; }
  void write_config(ConfigWriter&) const override {}

  void build(const Shapes& input_shapes) override {
    const Dim in = known_axis(input_shapes, channel_axis(window_)), columns = 4 * filters();
    add_weight("kernel", kernel_shape(in),
               {a_.kernel_initializer, a_.kernel_regularizer, a_.kernel_constraint});
    add_weight("recurrent_kernel", kernel_shape(filters()),
               {a_.recurrent_initializer, a_.recurrent_regularizer, a_.recurrent_constraint});
    if (a_.use_bias)
      add_weight("bias", {columns},
                 {a_.unit_forget_bias ? forget_bias(a_.bias_initializer, filters()) : a_.bias_initializer,
                  a_.bias_regularizer, a_.bias_constraint});
    Window over_states = window_;
    over_states.strides = over_states.dilation = {1, 1, 1};
    over_states.padding = "same";
    const auto& weights = own_weights();
    input_conv_ = std::make_shared<ConvPart>(*this, name() + "/input", window_, columns, false,
                                             ActivationFn(), weights[0], a_.use_bias ? weights[2] : nullptr);
    recurrent_conv_ = std::make_shared<ConvPart>(*this, name() + "/recurrent", over_states, columns, false,
                                                 ActivationFn(), weights[1], nullptr);
  }
  using Layer::build;
  /// One state's.
  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    const Shape& x = input_shapes[0];
    if (built()) expect_axis(input_shapes, channel_axis(window_), own_weights()[0]->value.shape()[-2]);
    return {assemble(window_, x[0], output_size(*this, window_, x), filters())};
  }

  Dim filters() const { return a_.cell.units; }
  const Window& window() const { return window_; }
  const FusedCell& arguments() const { return a_.cell; }
  LayerRef input_conv() const { return input_conv_; }
  LayerRef recurrent_conv() const { return recurrent_conv_; }

 private:
  Shape kernel_shape(Dim channels) const {
    Shape shape;
    for (int i = 0; i < window_.rank; ++i) shape.push_back(window_.size[static_cast<std::size_t>(i)]);
    return shape.concat({channels, 4 * filters()});
  }

  CellArguments a_;
  Window window_;
  std::shared_ptr<ConvPart> input_conv_, recurrent_conv_;
};

namespace {

Shape without_time(const Shape& x) { return Shape{x[0]}.concat(x.from(2)); }

/// Keras draws no mask at a rate of 1.
bool drops(double rate) { return rate > 0.0 && rate < 1.0; }

}  // namespace

void ConvLstmLayer::check_options(bool time_major) const {
  if (time_major)
    throw NotSupported(label() +
                       ": time_major=True (inputs of shape (steps, batch, ...)); use the default, "
                       "(batch, steps, ...).");
}

void ConvLstmLayer::set_cell(const CellArguments& arguments, const Window& window) {
  check_window(*this, window, "kernel_size", false);
  for (const auto& [name, rate] : {std::pair("dropout", arguments.cell.dropout),
                                   {"recurrent_dropout", arguments.cell.recurrent_dropout}})
    if (!(rate >= 0.0 && rate <= 1.0))
      fail("`{}` must be between 0 and 1. Received: {}={}.", name, name, rate);
  cell_ = std::make_shared<ConvLstmCell>(*this, arguments, window);
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> ConvLstmLayer::sublayers() const {
  return {{"cell", cell_}};
}

Shape ConvLstmLayer::state_shape(const Shape& x) const {
  const int rank = cell_->window().rank + 3;
  if (x.rank() != rank)
    fail("expected an input of {} dimensions (batch, steps, spatial..., channels). Received shape: {}.", rank,
         to_string(x));
  return cell_->compute_output_shape({without_time(x)})[0];
}

void ConvLstmLayer::build(const CallSpec& spec) {
  const Shape& x = spec.shape();
  const Shape state = state_shape(x);
  if (!state.from(1).is_known())
    fail("the spatial sizes and the channels of the input must be known. Received shape: {}.", to_string(x));
  CallSpec step;
  step.inputs = {{without_time(x), real_dtype(spec)}};
  step.roles = {""};
  step.masks.resize(1);
  cell_->ensure_built(step);
  if (!recurrent_options().stateful) return;
  if (x[0] < 0)
    fail("a stateful layer needs a fixed batch size; give it with Input's batch_size. Received shape: {}.",
         to_string(x));
  for (int k = 0; k < 2; ++k)
    add_weight("rnn_state", state, {.initializer = {}, .trainable = false, .persistent = false});
  states_ = own_weights();
}

std::vector<TensorSpec> ConvLstmLayer::compute_output_spec(const CallSpec& spec) const {
  const Shape& x = spec.shape();
  const Shape state = state_shape(x);
  if (x[1] == 0) fail("expected sequences of at least one step. Received shape: {}.", to_string(x));
  const RecurrentOptions options = recurrent_options();
  const auto states = state_inputs(spec);
  if (!states.empty() && states.size() != 2) fail("expected 2 initial states. Received {}.", states.size());
  for (int i : states)
    if (!spec.shape(i).compatible(state))
      fail("expected initial states of shape {}. Received shape: {}.", to_string(state),
           to_string(spec.shape(i)));
  if (!states_.empty() && x[0] != states_[0]->value.shape()[0])
    fail("a stateful layer was built for batches of {} samples. Received shape: {}.",
         states_[0]->value.shape()[0], to_string(x));
  if (uses_mask(spec)) check_mask(x, state, *spec.masks[0]);
  const Shape y = options.return_sequences ? Shape{x[0], x[1]}.concat(state.from(1)) : state;
  std::vector<TensorSpec> out{{y, real_dtype(spec)}};
  if (options.return_state) out.resize(3, {state, real_dtype(spec)});
  return out;
}

void ConvLstmLayer::check_mask(const Shape& x, const Shape& state, const Shape& mask) const {
  const Shape steps = x.slice(0, 2);
  const int axes = mask.rank() - 2;
  bool fits = axes >= 0 && axes < state.rank() && mask.slice(0, 2).compatible(steps);
  if (fits) {
    const Shape positions = mask.from(2);
    const bool one = std::all_of(positions.begin(), positions.end(), [](Dim d) { return d == 1; });
    fits = one || positions.compatible(state.slice(1, 1 + axes));
  }
  if (!fits)
    fail(
        "expected a mask of shape {} (batch, steps), or with the first sizes of the states, {}, "
        "behind them. Received shape: {}.",
        to_string(steps), to_string(state.from(1)), to_string(mask));
}

MaskRule ConvLstmLayer::mask_rule(const CallSpec& spec) const {
  return recurrent_options().return_sequences && spec.masked() ? MaskRule::pass : MaskRule::drop;
}

/// As in RecurrentLayer: Keras 3 forgets the carried mask when initial states are given.
bool ConvLstmLayer::uses_mask(const CallSpec& spec) const {
  return spec.masked() && (spec.find("mask") > 0 || keras2_ || state_input(spec, 0) < 0);
}

/// (batch, steps, ...): the convolution of x, or one for every gate where inputs are dropped.
SymbolicTensors ConvLstmLayer::input_products(const SymbolicTensor& x, bool training) const {
  const double rate = cell_->arguments().dropout;
  const bool dropped = training && drops(rate);
  SymbolicTensors out;
  for (int k = 0; k < (dropped ? 4 : 1); ++k) {
    const SymbolicTensor in = dropped ? scale_steps(x, drop_factors(x, x.shape().from(2), rate)) : x;
    out.push_back(split_time(cell_->input_conv()(merge_time(in)), x.shape()[1]));
  }
  return out;
}

SymbolicTensors ConvLstmLayer::expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                                      const CallSpec& spec) const {
  const RecurrentOptions options = recurrent_options();
  const SymbolicTensor& x = inputs[0];
  const SymbolicTensor mask = uses_mask(spec) ? masks[0] : SymbolicTensor();
  const Shape state = state_shape(x.shape()).from(1);
  const bool training = *spec.flag("training");
  const double rate = cell_->arguments().recurrent_dropout;

  std::vector<SymbolicTensors> products;
  for (const SymbolicTensor& z : input_products(x, training)) products.push_back(unstack_time(z));
  SymbolicTensors factors;
  if (training && drops(rate))
    for (int g = 0; g < 4; ++g) factors.push_back(drop_factors(x, state, rate));
  SymbolicTensors states;
  for (int i : state_inputs(spec)) states.push_back(inputs[static_cast<std::size_t>(i)]);
  for (std::size_t k = states.size(); k < 2; ++k)
    states.push_back(options.stateful ? read_state(x, states_[k]) : zero_rows(x, state));

  SymbolicTensors ys;
  SymbolicTensor previous;
  const Dim steps = x.shape()[1];
  for (Dim s = 0; s < steps; ++s) {
    const Dim t = options.go_backwards ? steps - 1 - s : s;
    SymbolicTensors xs, hs;
    for (const SymbolicTensors& product : products) xs.push_back(product[static_cast<std::size_t>(t)]);
    for (const SymbolicTensor& factor : factors)
      hs.push_back(cell_->recurrent_conv()(scale_steps(states[0], factor)));
    if (factors.empty()) hs.push_back(cell_->recurrent_conv()(states[0]));
    SymbolicTensors made =
        conv_lstm_gates(xs, hs, states[1], cell_->window().channels_first, cell_->arguments().activation,
                        cell_->arguments().recurrent_activation);
    SymbolicTensor y = made[0];
    if (mask) {
      y = select_rows(mask, t, y, options.zero_output_for_mask ? SymbolicTensor() : previous);
      for (std::size_t k = 0; k < 2; ++k) made[k] = select_rows(mask, t, made[k], states[k]);
    }
    previous = y;
    states = made;
    ys.push_back(y);
  }
  SymbolicTensors out{options.return_sequences ? stack_time(ys) : ys.back()};
  if (options.stateful) out[0] = keep_states(out[0], states, states_);
  if (options.return_state) out.insert(out.end(), states.begin(), states.end());
  return out;
}

}  // namespace rhyton::ops
