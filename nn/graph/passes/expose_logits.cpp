// A crossentropy behind a softmax or sigmoid works on the values below it (no clipping, a simpler gradient):
// this pass finds them, parting the activation from a product where it is fused.
#include "nn/graph/passes/operations.hpp"
#include "nn/graph/passes/passes.hpp"

namespace rhyton::detail {

void expose_logits(Program& program, const RunOptions& options) {
  for (std::size_t k = 0; k < program.outputs.size() && k < options.wants_logits.size(); ++k) {
    if (!options.wants_logits[k]) continue;
    const int s = program.producer(program.outputs[k]);
    if (s < 0) continue;
    const Traits traits = program.traits(s);
    const auto wanted = [](const ActivationSpec& f) {
      return f.kind == ActivationKind::sigmoid || (f.kind == ActivationKind::softmax && f.axis == -1);
    };
    if (const auto* t = std::get_if<ActivationTraits>(&traits); t && wanted(t->activation)) {
      program.logits[k] = {program.steps[static_cast<std::size_t>(s)].inputs[0], t->activation.kind};
    } else if (const auto* dense = std::get_if<DenseTraits>(&traits); dense && wanted(dense->activation)) {
      Step& product = program.steps[static_cast<std::size_t>(s)];
      const int output = product.outputs[0];
      const int z = program.add_value(program.values[static_cast<std::size_t>(output)].spec);
      Step activation;
      activation.op = make_object<Operation, ActivationOperation>(ActivationFn(dense->activation));
      activation.name = product.name + "/activation";
      activation.spec.inputs = product.output_specs;
      activation.spec.masks.resize(1);
      activation.output_specs = product.output_specs;
      activation.inputs = {z};
      activation.masks = {-1};
      activation.outputs = {output};
      activation.output_masks = {-1};
      activation.training = product.training;
      activation.options = product.options;
      product.frozen = is_frozen(product);
      product.op = make_object<Operation, DenseOperation>(*dense, ActivationFn());
      product.outputs = {z};
      program.logits[k] = {z, dense->activation.kind};
      program.steps.insert(program.steps.begin() + s + 1, std::move(activation));
    }
  }
}

}  // namespace rhyton::detail
