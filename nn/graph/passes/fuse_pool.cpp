// A convolution whose only reader is a max pooling of 2 x 2 windows: one kernel does both, where there is one
// that is faster. Runs behind the trimming, which leaves no cell that fills no window.
#include "nn/graph/passes/conv_pool_operation.hpp"
#include "nn/graph/passes/edit.hpp"
#include "nn/graph/passes/passes.hpp"
#include "nn/graph/passes/pool_operation.hpp"
#include "nn/kernels/conv_pool.hpp"

namespace rhyton::detail {

namespace {

std::optional<PoolDesc> pooling(const Program& program, int s) {
  const Step& step = program.steps[static_cast<std::size_t>(s)];
  if (const auto* op = dynamic_cast<const PoolOperation*>(step.op.get())) return op->desc;
  const Traits traits = program.traits(s);
  const auto* pool = std::get_if<PoolTraits>(&traits);
  return pool ? std::optional(pool->desc) : std::nullopt;
}

/// Side by side, without a border.
bool is_two_by_two(const PoolDesc& d) {
  if (d.kind != PoolKind::max || d.rank != 2 || d.channels_first) return false;
  for (std::size_t i = 0; i < 2; ++i)
    if (d.window[i] != 2 || d.strides[i] != 2 || d.pad_before[i] != 0 || d.in[i] != 2 * d.out[i])
      return false;
  return true;
}

void fuse_pool(Program& program, int s, const RunOptions& options) {
  const int next = sole_reader(program, program.steps[static_cast<std::size_t>(s)].outputs[0]);
  if (next < 0) return;
  const auto pool = pooling(program, next);
  if (!pool || !is_two_by_two(*pool)) return;
  const ConvOperation conv = conv_at(program, s);
  if (conv.activation.custom()) return;
  ConvPoolDesc desc{conv.conv.desc};
  desc.conv.activation = conv.activation.spec();
  desc.conv.options = options.kernel;
  desc.conv.options.training = options.gradients;
  if (!make_conv_pool(desc)) return;
  as_conv(program, s);
  Step& step = program.steps[static_cast<std::size_t>(s)];
  step.op = make_object<Operation, ConvPoolOperation>(conv);
  step.name += " + " + program.steps[static_cast<std::size_t>(next)].name;
  replace_output(program, s, next);
}

}  // namespace

void fuse_pools(Program& program, const RunOptions& options) {
  for (int s = 0; s < static_cast<int>(program.steps.size()); ++s)
    if (is_conv(program, s)) fuse_pool(program, s, options);
}

}  // namespace rhyton::detail
