// An element-wise activation behind a product goes into its kernel.
#include "nn/graph/passes/edit.hpp"
#include "nn/graph/passes/operations.hpp"
#include "nn/graph/passes/passes.hpp"

namespace rhyton::detail {

void fuse_products(Program& program, const RunOptions& options) {
  for (int s = 0; s < static_cast<int>(program.steps.size()); ++s) {
    const Traits product = program.traits(s);
    const auto* dense = std::get_if<DenseTraits>(&product);
    if (!dense || dense->activation.kind != ActivationKind::linear) continue;
    Step& step = program.steps[static_cast<std::size_t>(s)];
    const int next = sole_reader(program, step.outputs[0]);
    if (next < 0) continue;
    const Traits behind = program.traits(next);
    const auto* f = std::get_if<ActivationTraits>(&behind);
    if (!f || !is_elementwise(f->activation.kind)) continue;
    // In training the value before it would have to be kept anyway where the gradient needs it.
    if (options.gradients && !gradient_from_output(f->activation)) continue;
    step.frozen = is_frozen(step);
    step.op = make_object<Operation, DenseOperation>(*dense, ActivationFn(f->activation));
    step.name += " + " + program.steps[static_cast<std::size_t>(next)].name;
    replace_output(program, s, next);
  }
}

}  // namespace rhyton::detail
