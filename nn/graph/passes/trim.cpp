// A pooling without padding drops the rows and columns that fill no window. They need not be computed:
// convolutions and poolings before it are cut to what is read, back to the model's input. The results,
// gradients included, are exactly the same, since nothing ever flowed through the dropped cells.
#include "nn/graph/passes/conv_operation.hpp"
#include "nn/graph/passes/edit.hpp"
#include "nn/graph/passes/passes.hpp"
#include "nn/graph/passes/pool_operation.hpp"

namespace rhyton::detail {

namespace {

Step& step_at(Program& program, int s) { return program.steps[static_cast<std::size_t>(s)]; }

/// The pooling of step s, made from its layer's traits if need be; null for other steps.
PoolOperation* as_pool(Program& program, int s) {
  Step& step = step_at(program, s);
  if (const auto* op = dynamic_cast<const PoolOperation*>(step.op.get()))
    return const_cast<PoolOperation*>(op);
  const Traits traits = program.traits(s);
  const auto* pool = std::get_if<PoolTraits>(&traits);
  if (!pool) return nullptr;
  auto op = std::make_shared<PoolOperation>(pool->desc);
  auto* raw = op.get();
  step.op = std::move(op);
  return raw;
}

/// Cuts `dead` cells off the end of spatial dimension i of a value, in its producer and its reader's view of
/// it. `channels_first`: the reader's.
bool shrink(Program& program, int value, std::size_t i, Dim dead, bool channels_first) {
  const int s = program.producer(value);
  if (s < 0 || sole_reader(program, value) < 0) return false;
  if (ConvOperation* conv = as_conv(program, s)) {
    ConvDesc& d = conv->conv.desc;
    // The residual would have to be cut too, and a softmax could look at the dead cells.
    if (d.add || d.channels_first != channels_first || !is_elementwise(conv->activation.spec().kind))
      return false;
    d.out[i] -= dead;
    const Dim reach = (d.out[i] - 1) * d.strides[i] + (d.kernel[i] - 1) * d.dilation[i] + 1;
    d.pad_after[i] = reach - d.in[i] - d.pad_before[i];
  } else if (PoolOperation* pool = as_pool(program, s)) {
    PoolDesc& d = pool->desc;
    if (d.channels_first != channels_first) return false;
    d.out[i] -= dead;
    d.pad_after[i] = 0;
  } else {
    return false;
  }
  const int axis = static_cast<int>(i) + (channels_first ? 2 : 1);
  Shape& shape = program.values[static_cast<std::size_t>(value)].spec.shape;
  shape[axis] -= dead;
  step_at(program, s).output_specs[0].shape = shape;
  step_at(program, sole_reader(program, value)).spec.inputs[0].shape = shape;
  return true;
}

void trim_input(Program& program, int s) {
  const int input = step_at(program, s).inputs[0];
  if (PoolOperation* pool = as_pool(program, s)) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(pool->desc.rank); ++i) {
      PoolDesc& d = pool->desc;
      const Dim dead = d.in[i] - ((d.out[i] - 1) * d.strides[i] + d.window[i]);
      if (dead > 0 && d.pad_before[i] == 0 && d.pad_after[i] == 0 &&
          shrink(program, input, i, dead, d.channels_first))
        d.in[i] -= dead;
    }
  } else if (ConvOperation* conv = as_conv(program, s)) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(conv->conv.desc.rank); ++i) {
      ConvDesc& d = conv->conv.desc;
      const Dim dead = -d.pad_after[i];
      if (dead <= 0 || !shrink(program, input, i, dead, d.channels_first)) continue;
      d.in[i] -= dead;
      d.pad_after[i] = 0;
    }
  }
}

}  // namespace

void trim_dead_cells(Program& program, const RunOptions&) {
  for (int s = static_cast<int>(program.steps.size()) - 1; s >= 0; --s)
    if (is_conv(program, s) || std::holds_alternative<PoolTraits>(program.traits(s)) ||
        dynamic_cast<const PoolOperation*>(step_at(program, s).op.get()))
      trim_input(program, s);
}

}  // namespace rhyton::detail
