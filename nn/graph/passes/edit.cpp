#include "nn/graph/passes/edit.hpp"

#include <algorithm>

namespace rhyton::detail {

int sole_reader(const Program& program, int value) {
  if (program.is_output(value)) return -1;
  for (const Logits& logits : program.logits)
    if (logits.value == value) return -1;
  const auto readers = program.readers(value);
  if (readers.size() != 1) return -1;
  const Step& reader = program.steps[static_cast<std::size_t>(readers[0])];
  return std::count(reader.inputs.begin(), reader.inputs.end(), value) == 1 ? readers[0] : -1;
}

void replace_output(Program& program, int s, int behind) {
  Step& step = program.steps[static_cast<std::size_t>(s)];
  const Step& last = program.steps[static_cast<std::size_t>(behind)];
  step.outputs = last.outputs;
  step.output_specs = last.output_specs;
  step.output_masks = last.output_masks;
  program.erase_steps({behind});
}

}  // namespace rhyton::detail
