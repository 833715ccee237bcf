#include "nn/ops/recurrent_layer.hpp"

#include <fmt/format.h>

#include "nn/ops/recurrent_op.hpp"
#include "nn/ops/time_layers.hpp"

namespace rhyton::ops {

namespace {

/// One cell of a stack over the whole sequence.
class Loop final : public RecurrentLayer {
 public:
  Loop(const Layer& owner, LayerRef cell, RecurrentOptions options,
       std::vector<std::shared_ptr<Weight>> states)
      : RecurrentLayer(fmt::format("{}/{}", owner.name(), cell->name()), owner.trainable(), owner.dtype()),
        options_(options) {
    set_cell(std::move(cell));
    set_states(std::move(states));
  }
  std::string class_name() const override { return "RNN"; }
  void write_config(ConfigWriter&) const override {}
  RecurrentOptions recurrent_options() const override { return options_; }
  void set_zero_output_for_mask(bool zero) override { options_.zero_output_for_mask = zero; }
  void build(const CallSpec&) override {}

 private:
  RecurrentOptions options_;
};

std::vector<std::string> state_roles(std::size_t inputs, std::size_t states, const char* role) {
  std::vector<std::string> roles(inputs);
  roles.insert(roles.end(), states, role);
  return roles;
}

}  // namespace

void RecurrentLayer::set_cell(LayerRef cell) {
  as_cell(*this, cell);
  cell_ = std::move(cell);
}

const RecurrentCell& RecurrentLayer::cell() const { return as_cell(*this, cell_); }

void RecurrentLayer::check_options(bool time_major) const {
  if (time_major)
    throw NotSupported(label() +
                       ": time_major=True (inputs of shape (steps, batch, features)); use the default, "
                       "(batch, steps, features).");
}

void RecurrentLayer::build(const CallSpec& spec) {
  const Shape& x = spec.shape();
  if (x.rank() < 3 || (cell().fused() && x.rank() != 3))
    fail(
        "expected an input of 3 dimensions (batch, steps, features) (ndim=3), found ndim={}. "
        "Received shape: {}.",
        x.rank(), to_string(x));
  known_axis({x}, -1);
  const RecurrentOptions options = recurrent_options();
  const auto sizes = cell().state_size();
  CallSpec step;
  step.inputs.push_back({Shape{x[0]}.concat(x.from(2)), real_dtype(spec)});
  for (Dim size : sizes) step.inputs.push_back({{x[0], size}, real_dtype(spec)});
  step.roles = state_roles(1, sizes.size(), "states");
  step.masks.resize(step.inputs.size());
  cell_->ensure_built(step);
  if (!options.stateful) return;
  if (x[0] < 0)
    fail("a stateful layer needs a fixed batch size; give it with Input's batch_size. Received shape: {}.",
         to_string(x));
  for (Dim size : sizes)
    add_weight("rnn_state", {x[0], size}, {.initializer = {}, .trainable = false, .persistent = false});
  states_ = own_weights();
}

std::vector<TensorSpec> RecurrentLayer::compute_output_spec(const CallSpec& spec) const {
  const Shape& x = spec.shape();
  const RecurrentOptions options = recurrent_options();
  if (x.rank() < 3) fail("expected an input of 3 dimensions. Received shape: {}.", to_string(x));
  if (cell().fused() && cell_->built()) expect_axis({x}, -1, cell_->own_weights()[0]->value.shape()[0]);
  const auto sizes = cell().state_size();
  const auto states = state_inputs(spec);
  if (!states.empty() && states.size() != sizes.size())
    fail("expected {} initial states. Received {}.", sizes.size(), states.size());
  for (std::size_t k = 0; k < states.size(); ++k)
    if (!spec.shape(states[k]).compatible({x[0], sizes[k]}))
      fail("expected initial_state {} of shape {}. Received shape: {}.", k, to_string(Shape{x[0], sizes[k]}),
           to_string(spec.shape(states[k])));
  if (!states_.empty() && x[0] != states_[0]->value.shape()[0])
    fail("a stateful layer was built for batches of {} samples. Received shape: {}.",
         states_[0]->value.shape()[0], to_string(x));
  if (uses_mask(spec) && !spec.masks[0]->compatible(x.slice(0, 2)))
    fail("expected a mask of shape {} (batch, steps). Received shape: {}.", to_string(x.slice(0, 2)),
         to_string(*spec.masks[0]));
  Shape y{x[0]};
  if (options.return_sequences) y.push_back(x[1]);
  y.push_back(cell().output_size());
  std::vector<TensorSpec> out{{y, real_dtype(spec)}};
  if (options.return_state)
    for (Dim size : sizes) out.push_back({{x[0], size}, real_dtype(spec)});
  return out;
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> RecurrentLayer::sublayers() const {
  return {{"cell", cell_.share()}};
}

std::vector<std::shared_ptr<Weight>> RecurrentLayer::step_weights() const {
  if (expands()) return {};
  auto out = cell_->own_weights();
  out.insert(out.end(), states_.begin(), states_.end());
  return out;
}

bool RecurrentLayer::has_backward() const { return cell_->has_backward(); }

MaskRule RecurrentLayer::mask_rule(const CallSpec& spec) const {
  return recurrent_options().return_sequences && spec.masked() ? MaskRule::pass : MaskRule::drop;
}

/// Keras 3 does not look at the mask that an input carries when initial states are given (contract 0.5).
bool RecurrentLayer::uses_mask(const CallSpec& spec) const {
  return spec.masked() && (spec.find("mask") > 0 || keras2_ || state_input(spec, 0) < 0);
}

RecurrentCall RecurrentLayer::step_call(const CallSpec& spec) const {
  RecurrentCall call{*cell().fused(), recurrent_options()};
  call.masked = uses_mask(spec);
  if (!states_.empty()) call.state_weights = static_cast<int>(cell_->own_weights().size());
  return call;
}

void RecurrentLayer::prepare(Prepare& p) const { prepare_recurrent(p, step_call(p.spec())); }
void RecurrentLayer::call(Call& c) const { call_recurrent(c, step_call(c.spec())); }
void RecurrentLayer::backward(Backward& b) const { backward_recurrent(b, step_call(b.spec())); }
double RecurrentLayer::flops(const CallSpec& spec, const std::vector<TensorSpec>&) const {
  return recurrent_flops(spec, step_call(spec));
}

SymbolicTensors RecurrentLayer::expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                                       const CallSpec& spec) const {
  const SymbolicTensor mask = uses_mask(spec) ? masks[0] : SymbolicTensor();
  return cell().stack().empty() ? unroll(inputs, mask, spec) : expand_stack(inputs, mask, spec);
}

SymbolicTensors RecurrentLayer::expand_stack(const SymbolicTensors& inputs, const SymbolicTensor& mask,
                                             const CallSpec& spec) const {
  const auto cells = cell().stack();
  const auto states = state_inputs(spec);
  std::size_t first_state = 0;
  SymbolicTensors out(1, inputs[0]);
  for (std::size_t k = 0; k < cells.size(); ++k) {
    RecurrentOptions options = recurrent_options();
    // A deeper cell's outputs at masked steps are looked at by nobody: the next one is masked there too.
    if (k + 1 < cells.size()) options.return_sequences = true, options.zero_output_for_mask = false;
    if (k > 0) options.go_backwards = false;
    const std::size_t count = as_cell(*this, cells[k]).state_size().size();
    const auto begin = static_cast<std::ptrdiff_t>(first_state),
               end = begin + static_cast<std::ptrdiff_t>(count);
    std::vector<std::shared_ptr<Weight>> kept;
    if (options.stateful) kept.assign(states_.begin() + begin, states_.begin() + end);
    SymbolicTensors arguments{out[0]};
    if (!states.empty())
      for (std::size_t s = first_state; s < first_state + count; ++s)
        arguments.push_back(inputs[static_cast<std::size_t>(states[s])]);
    auto roles = state_roles(1, arguments.size() - 1, "initial_state");
    if (mask) {
      arguments.push_back(k > 0 && recurrent_options().go_backwards ? reverse_time(mask) : mask);
      roles.emplace_back("mask");
    }
    const LayerRef loop(make_object<Layer, Loop>(*this, cells[k], options, std::move(kept)));
    const SymbolicTensors made =
        call_layer(loop, arguments, roles, {{"training", *spec.flag("training")}}).outputs();
    out[0] = made[0];
    out.insert(out.end(), made.begin() + 1, made.end());
    first_state += count;
  }
  return out;
}

SymbolicTensors RecurrentLayer::unroll(const SymbolicTensors& inputs, const SymbolicTensor& mask,
                                       const CallSpec& spec) const {
  const RecurrentOptions options = recurrent_options();
  const SymbolicTensors xs = unstack_time(inputs[0]);
  const auto sizes = cell().state_size();
  SymbolicTensors states;
  for (int i : state_inputs(spec)) states.push_back(inputs[static_cast<std::size_t>(i)]);
  for (std::size_t k = states.size(); k < sizes.size(); ++k)
    states.push_back(options.stateful ? read_state(xs[0], states_[k]) : zero_rows(xs[0], {sizes[k]}));
  SymbolicTensors ys;
  SymbolicTensor previous;
  const auto steps = static_cast<Dim>(xs.size());
  for (Dim s = 0; s < steps; ++s) {
    const Dim t = options.go_backwards ? steps - 1 - s : s;
    SymbolicTensors arguments{xs[static_cast<std::size_t>(t)]};
    arguments.insert(arguments.end(), states.begin(), states.end());
    SymbolicTensors made = call_layer(cell_, arguments, state_roles(1, states.size(), "states"),
                                      {{"training", *spec.flag("training")}})
                               .outputs();
    if (made.size() != 1 + states.size())
      fail("the cell {} must return its output and {} states. Received {} tensors.", cell_->label(),
           states.size(), made.size());
    if (mask) {
      made[0] = select_rows(mask, t, made[0], options.zero_output_for_mask ? SymbolicTensor() : previous);
      for (std::size_t k = 0; k < states.size(); ++k)
        made[1 + k] = select_rows(mask, t, made[1 + k], states[k]);
    }
    previous = made[0];
    states.assign(made.begin() + 1, made.end());
    ys.push_back(made[0]);
  }
  SymbolicTensors out{options.return_sequences ? stack_time(ys) : ys.back()};
  if (options.stateful) out[0] = keep_states(out[0], states, states_);
  if (options.return_state) out.insert(out.end(), states.begin(), states.end());
  return out;
}

}  // namespace rhyton::ops
