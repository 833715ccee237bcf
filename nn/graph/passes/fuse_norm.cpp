// Relu behind a batch normalization that stands on its own (in training: its moments are the batch's): the
// layer's flag "relu" has its kernel apply it and undo it.
#include "nn/graph/passes/edit.hpp"
#include "nn/graph/passes/passes.hpp"

namespace rhyton::detail {

void fuse_norms(Program& program, const RunOptions&) {
  for (int s = 0; s < static_cast<int>(program.steps.size()); ++s) {
    if (!std::holds_alternative<BatchNormTraits>(program.traits(s))) continue;
    Step& step = program.steps[static_cast<std::size_t>(s)];
    if (step.masks[0] >= 0) continue;
    const int next = sole_reader(program, step.outputs[0]);
    if (next < 0) continue;
    const Traits behind = program.traits(next);
    const auto* f = std::get_if<ActivationTraits>(&behind);
    if (!f || f->activation != ActivationSpec{ActivationKind::relu}) continue;
    step.spec.flags.emplace_back("relu", true);
    step.name += " + " + program.steps[static_cast<std::size_t>(next)].name;
    replace_output(program, s, next);
  }
}

}  // namespace rhyton::detail
