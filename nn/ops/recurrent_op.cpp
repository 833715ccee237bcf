#include "nn/ops/recurrent_op.hpp"

#include "nn/ops/scratch.hpp"
#include "nn/rng.hpp"

namespace rhyton::ops {

namespace {

// Saved buffers: what the kernel keeps, then the dropout masks of x and of h.
constexpr int kernel_buffer = 0, input_masks = 1, recurrent_masks = 2;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

CellActivation cell_activation(const ActivationFn& f) {
  CellActivation out;
  out.spec = f.spec();
  if (f.custom()) {
    out.forward = f.custom()->forward;
    out.backward = f.custom()->backward;
  }
  return out;
}

/// Keras draws no mask for a gated cell at a rate of 1.
bool drops(const FusedCell& cell, double rate) {
  return rate > 0.0 && (rate < 1.0 || cell.kind == CellKind::simple);
}

/// All but the activations and the options.
RnnDesc describe(const CallSpec& spec, const RecurrentCall& call, bool training) {
  const FusedCell& cell = call.cell;
  const Shape& x = spec.shape();
  RnnDesc desc;
  desc.cell = cell.kind;
  desc.batch = x[0];
  desc.steps = call.time ? x[1] : 1;
  desc.inputs = x[-1];
  desc.units = cell.units;
  desc.bias = cell.bias >= 0;
  desc.reset_after = cell.reset_after;
  desc.reverse = call.options.go_backwards;
  desc.sequences = call.options.return_sequences;
  desc.masked = call.masked;
  desc.zero_masked = call.options.zero_output_for_mask;
  desc.input_masks = training && drops(cell, cell.dropout) ? cell.dropout_masks : 0;
  desc.recurrent_masks = training && drops(cell, cell.recurrent_dropout) ? cell.dropout_masks : 0;
  return desc;
}

Shape input_mask_shape(const RnnDesc& d) { return {d.input_masks, d.batch, d.inputs}; }
Shape recurrent_mask_shape(const RnnDesc& d) { return {d.recurrent_masks, d.batch, d.units}; }

struct Masks {
  View input, recurrent;
};

Masks masks_at(const StepContext& c, const RnnDesc& d, bool is_saved, void* scratch) {
  if (is_saved) return {c.saved(input_masks), c.saved(recurrent_masks)};
  char* p = static_cast<char*>(scratch);
  return {View(p, input_mask_shape(d), c.real()),
          View(p + padded(input_mask_shape(d).size(), c.real()), recurrent_mask_shape(d), c.real())};
}

void draw(View mask, double rate, Rng& rng) {
  if (mask.size() == 0) return;
  rng.fill_uniform(mask);
  dispatch_real(mask.dtype(), [&]<class T>(T) {
    const T scale = rate < 1.0 ? static_cast<T>(1.0 / (1.0 - rate)) : T(0);
    for (T& m : std::span(mask.data<T>(), static_cast<std::size_t>(mask.size())))
      m = m >= static_cast<T>(rate) ? scale : T(0);
  });
}

RnnInputs gather(const StepContext& c, const RecurrentCall& call, const RnnDesc& d, const Masks& masks) {
  RnnInputs in;
  in.x = c.input();
  in.kernel = c.weight(call.cell.kernel);
  in.recurrent_kernel = c.weight(call.cell.recurrent_kernel);
  in.bias = c.weight(call.cell.bias);
  if (call.masked) in.mask = c.mask();
  if (d.input_masks > 0) in.input_dropout = masks.input;
  if (d.recurrent_masks > 0) in.recurrent_dropout = masks.recurrent;
  for (int k = 0; k < state_count(d.cell); ++k) {
    if (const int i = state_input(c.spec(), k); i >= 0)
      in.initial[index(k)] = c.input(i);
    else if (call.state_weights >= 0)
      in.initial[index(k)] = c.weight(call.state_weights + k);
  }
  return in;
}

}  // namespace

int state_input(const CallSpec& spec, int k) {
  for (std::size_t i = 1; i < spec.inputs.size(); ++i) {
    const bool state = i >= spec.roles.size() || spec.roles[i] != "mask";
    if (state && k-- == 0) return static_cast<int>(i);
  }
  return -1;
}

std::vector<int> state_inputs(const CallSpec& spec) {
  std::vector<int> out;
  for (int i = 0; (i = state_input(spec, static_cast<int>(out.size()))) >= 0;) out.push_back(i);
  return out;
}

void prepare_recurrent(Prepare& p, const RecurrentCall& call) {
  RnnDesc desc = describe(p.spec(), call, p.training());
  desc.activation = cell_activation(call.cell.activation);
  desc.recurrent_activation = cell_activation(call.cell.recurrent_activation);
  desc.options = p.options();
  desc.options.training = p.wants_gradient();
  auto kernel = make_rnn(desc);
  if (p.wants_gradient()) {
    p.save({kernel->saved_size()}, desc.options.dtype);
    p.save(input_mask_shape(desc), desc.options.dtype);
    p.save(recurrent_mask_shape(desc), desc.options.dtype);
  } else {
    p.scratch(padded(input_mask_shape(desc).size(), desc.options.dtype) +
              padded(recurrent_mask_shape(desc).size(), desc.options.dtype));
  }
  p.backward_reads(true, false);
  p.keep(std::move(kernel));
}

void call_recurrent(Call& c, const RecurrentCall& call) {
  const RnnDesc desc = describe(c.spec(), call, c.training());
  const Masks masks = masks_at(c, desc, c.wants_gradient(), c.scratch());
  Rng rng = c.rng();
  draw(masks.input, call.cell.dropout, rng);
  draw(masks.recurrent, call.cell.recurrent_dropout, rng);
  std::array<View, 2> final;
  for (int k = 0; k < state_count(desc.cell); ++k) {
    if (call.options.return_state)
      final[index(k)] = c.output(1 + k);
    else if (call.state_weights >= 0)
      final[index(k)] = c.weight_update(call.state_weights + k);
  }
  c.kernel<RnnKernel>().forward(gather(c, call, desc, masks), c.output(), final, c.saved(kernel_buffer));
  if (call.options.return_state && call.state_weights >= 0)
    for (int k = 0; k < state_count(desc.cell); ++k)
      copy(final[index(k)], c.weight_update(call.state_weights + k));
}

void backward_recurrent(Backward& b, const RecurrentCall& call) {
  const RnnDesc desc = describe(b.spec(), call, b.training());
  const Masks masks = masks_at(b, desc, true, nullptr);
  std::array<ConstView, 2> dfinal;
  if (call.options.return_state)
    for (int k = 0; k < state_count(desc.cell); ++k) dfinal[index(k)] = b.dy(1 + k);
  RnnGradients to;
  to.dx = b.dx();
  to.kernel = b.gradient(call.cell.kernel);
  to.recurrent_kernel = b.gradient(call.cell.recurrent_kernel);
  to.bias = b.gradient(call.cell.bias);
  for (int k = 0; k < state_count(desc.cell); ++k)
    if (const int i = state_input(b.spec(), k); i >= 0) to.initial[index(k)] = b.dx(i);
  b.kernel<RnnKernel>().backward(gather(b, call, desc, masks), b.saved(kernel_buffer), b.dy(), dfinal, to);
}

double recurrent_flops(const CallSpec& spec, const RecurrentCall& call) {
  const RnnDesc d = describe(spec, call, false);
  return 2.0 * static_cast<double>(d.batch * d.steps) * static_cast<double>(d.inputs + d.units) *
         static_cast<double>(gate_count(d.cell) * d.units);
}

}  // namespace rhyton::ops
