// What stands before and behind a convolution goes into its kernel: boxes of zeros or cuts before it; behind
// it, where moments are fixed (predict), a batch normalization, then a residual sum; and an element-wise
// activation.
#include "nn/graph/passes/conv_operation.hpp"
#include "nn/graph/passes/edit.hpp"
#include "nn/graph/passes/passes.hpp"

namespace rhyton::detail {

namespace {

/// A crop or a border of zeros in front of the convolution, if together they are still one box of x.
bool take_box(Program& program, int s) {
  const Traits traits = program.traits(s);
  const auto* box = std::get_if<BoxTraits>(&traits);
  if (!box || box->value != 0.0) return false;
  const Step& from = program.steps[static_cast<std::size_t>(s)];
  const int next = sole_reader(program, from.outputs[0]);
  if (next < 0 || !is_conv(program, next) ||
      program.steps[static_cast<std::size_t>(next)].inputs[0] != from.outputs[0])
    return false;
  const Traits before = program.traits(next);
  const auto* existing =
      dynamic_cast<const ConvOperation*>(program.steps[static_cast<std::size_t>(next)].op.get());
  ConvDesc desc = existing ? existing->conv.desc : std::get<ConvTraits>(before).desc;
  const int first = desc.channels_first ? 2 : 1;
  const Shape x = from.spec.inputs[0].shape, y = from.output_specs[0].shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool spatial = axis >= first && axis < first + desc.rank;
    if (!spatial && (box->offset[axis] != 0 || x[axis] != y[axis])) return false;
    if (!spatial) continue;
    const auto i = static_cast<std::size_t>(axis - first);
    const Dim before_x = -box->offset[axis], after_x = y[axis] - x[axis] - before_x;
    // What was cut away must not come back as zeros of the convolution's own padding.
    if ((before_x < 0 && desc.pad_before[i] > 0) || (after_x < 0 && desc.pad_after[i] > 0)) return false;
    desc.pad_before[i] += before_x;
    desc.pad_after[i] += after_x;
    desc.in[i] = x[axis];
  }
  const TensorSpec input = from.spec.inputs[0];
  const int value = from.inputs[0];
  as_conv(program, next)->conv.desc = desc;
  Step& conv = program.steps[static_cast<std::size_t>(next)];
  conv.inputs[0] = value;
  conv.spec.inputs[0] = input;
  program.erase_steps({s});
  return true;
}

bool take_norm(Program& program, int s, const RunOptions& options) {
  if (options.gradients || !is_conv(program, s)) return false;
  const int next = sole_reader(program, program.steps[static_cast<std::size_t>(s)].outputs[0]);
  if (next < 0) return false;
  const Traits traits = program.traits(next);
  const auto* norm = std::get_if<BatchNormTraits>(&traits);
  Step& behind = program.steps[static_cast<std::size_t>(next)];
  if (!norm || (behind.training && !norm->frozen)) return false;
  const auto* existing =
      dynamic_cast<const ConvOperation*>(program.steps[static_cast<std::size_t>(s)].op.get());
  const Traits own = program.traits(s);
  const ConvDesc desc = existing ? existing->conv.desc : std::get<ConvTraits>(own).desc;
  const int channel_axis = desc.channels_first ? 1 : desc.rank + 1;
  if (normalize_axis(norm->axis, desc.rank + 2, "BatchNormalization") != channel_axis) return false;
  if (existing ? existing->norm || !existing->activation.is_linear() || desc.add
               : desc.activation.kind != ActivationKind::linear)
    return false;
  ConvOperation* op = as_conv(program, s);
  Step& step = program.steps[static_cast<std::size_t>(s)];
  op->norm = *norm;
  op->first_norm_weight = static_cast<int>(step.weights.size());
  step.weights.insert(step.weights.end(), behind.weights.begin(), behind.weights.end());
  step.name += " + " + behind.name;
  replace_output(program, s, next);
  return true;
}

bool take_residual(Program& program, int s, const RunOptions& options) {
  if (options.gradients || !is_conv(program, s)) return false;
  const int output = program.steps[static_cast<std::size_t>(s)].outputs[0];
  const int next = sole_reader(program, output);
  if (next < 0 || !std::holds_alternative<AddTraits>(program.traits(next))) return false;
  const Step& behind = program.steps[static_cast<std::size_t>(next)];
  if (behind.inputs.size() != 2 || behind.spec.inputs[0] != behind.spec.inputs[1]) return false;
  const int other = behind.inputs[0] == output ? behind.inputs[1] : behind.inputs[0];
  // The other summand must be there before the convolution runs.
  if (other == output || program.producer(other) > s) return false;
  const auto* existing =
      dynamic_cast<const ConvOperation*>(program.steps[static_cast<std::size_t>(s)].op.get());
  const Traits own = program.traits(s);
  if (existing ? !existing->activation.is_linear() || existing->conv.desc.add
               : std::get<ConvTraits>(own).desc.activation.kind != ActivationKind::linear)
    return false;
  ConvOperation* op = as_conv(program, s);
  op->conv.desc.add = true;
  Step& step = program.steps[static_cast<std::size_t>(s)];
  step.inputs.push_back(other);
  step.masks.push_back(-1);
  step.spec.inputs.push_back(program.values[static_cast<std::size_t>(other)].spec);
  step.spec.roles.push_back("");
  step.spec.masks.emplace_back();
  step.name += " + " + behind.name;
  replace_output(program, s, next);
  return true;
}

bool take_activation(Program& program, int s, const RunOptions& options) {
  if (!is_conv(program, s)) return false;
  const int next = sole_reader(program, program.steps[static_cast<std::size_t>(s)].outputs[0]);
  if (next < 0) return false;
  const Traits traits = program.traits(next);
  const auto* f = std::get_if<ActivationTraits>(&traits);
  if (!f || !is_elementwise(f->activation.kind)) return false;
  // In training the pre-activation would have to be kept anyway where the gradient needs it.
  if (options.gradients && !gradient_from_output(f->activation)) return false;
  const auto* existing =
      dynamic_cast<const ConvOperation*>(program.steps[static_cast<std::size_t>(s)].op.get());
  const Traits own = program.traits(s);
  if (existing ? !existing->activation.is_linear()
               : std::get<ConvTraits>(own).desc.activation.kind != ActivationKind::linear)
    return false;
  as_conv(program, s)->activation = ActivationFn(f->activation);
  program.steps[static_cast<std::size_t>(s)].name +=
      " + " + program.steps[static_cast<std::size_t>(next)].name;
  replace_output(program, s, next);
  return true;
}

}  // namespace

void fuse_convolutions(Program& program, const RunOptions& options) {
  for (int s = 0; s < static_cast<int>(program.steps.size());) s += take_box(program, s) ? 0 : 1;
  for (int s = 0; s < static_cast<int>(program.steps.size()); ++s) {
    take_norm(program, s, options);
    // Taking the later of two branches' sum is right only when the other branch came first; steps are sorted.
    take_residual(program, s, options);
    take_activation(program, s, options);
  }
}

}  // namespace rhyton::detail
