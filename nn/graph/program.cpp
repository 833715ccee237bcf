#include "nn/graph/program.hpp"

#include <algorithm>
#include <set>

#include "nn/graph/plan_layers.hpp"
#include "nn/partial_outputs.hpp"
#include "nn/unfrozen_weights.hpp"

namespace rhyton::detail {

int Program::add_value(TensorSpec spec) {
  values.push_back({std::move(spec)});
  return static_cast<int>(values.size()) - 1;
}

std::vector<int> Program::readers(int value) const {
  std::vector<int> out;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    if (std::count(step.inputs.begin(), step.inputs.end(), value) ||
        std::count(step.masks.begin(), step.masks.end(), value))
      out.push_back(static_cast<int>(s));
  }
  return out;
}

int Program::producer(int value) const {
  for (std::size_t s = 0; s < steps.size(); ++s)
    if (std::count(steps[s].outputs.begin(), steps[s].outputs.end(), value)) return static_cast<int>(s);
  return -1;
}

bool Program::is_output(int value) const { return std::count(outputs.begin(), outputs.end(), value) > 0; }

Traits Program::traits(int step) const {
  const Step& s = steps[static_cast<std::size_t>(step)];
  const auto* layer = dynamic_cast<const Layer*>(s.op.get());
  return layer ? layer->traits(s.spec) : Traits{};
}

void Program::erase_steps(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  for (int n : numbers) steps.erase(steps.begin() + n);
}

void mark_gradients(Program& program, const RunOptions& options) {
  if (!options.gradients) {
    for (Step& step : program.steps) {
      step.wants_dx.assign(step.inputs.size(), false);
      step.wants_dw.assign(step.weights.size(), false);
    }
    return;
  }
  for (int v : program.inputs) {
    Value& value = program.values[static_cast<std::size_t>(v)];
    value.needs_gradient = options.input_gradients && is_floating(value.spec.dtype);
  }
  for (Step& step : program.steps) {
    const auto* layer = dynamic_cast<const Layer*>(step.op.get());
    const auto trainable = layer ? unfrozen_weights(*layer) : step.weights;
    bool any = false;
    step.wants_dx.clear();
    step.wants_dw.clear();
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      step.wants_dx.push_back(step.op->has_backward() && step.op->differentiates(static_cast<int>(i)) &&
                              program.values[static_cast<std::size_t>(step.inputs[i])].needs_gradient);
      any = any || step.wants_dx.back();
    }
    for (std::size_t i = 0; i < step.weights.size(); ++i) {
      const bool frozen =
          step.frozen || std::find(trainable.begin(), trainable.end(), step.weights[i]) == trainable.end();
      step.wants_dw.push_back(step.weights[i]->options.trainable && !frozen && step.op->has_backward());
      any = any || step.wants_dw.back();
    }
    for (std::size_t i = 0; i < step.outputs.size(); ++i)
      program.values[static_cast<std::size_t>(step.outputs[i])].needs_gradient =
          any && is_floating(step.output_specs[i].dtype);
  }
  // Backwards: a step whose outputs reach no loss has nothing to do.
  std::set<int> reached(program.outputs.begin(), program.outputs.end());
  for (const Logits& logits : program.logits) reached.insert(logits.value);
  for (const Step& step : program.steps)
    if (is_penalty(*step.op)) reached.insert(step.outputs[0]);
  for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
    std::vector<int> live;
    for (std::size_t o = 0; o < step->outputs.size(); ++o)
      if (reached.count(step->outputs[o]) &&
          program.values[static_cast<std::size_t>(step->outputs[o])].needs_gradient)
        live.push_back(static_cast<int>(o));
    step->wants_gradient = !live.empty();
    const auto* partial = dynamic_cast<const PartialOutputs*>(step->op.get());
    for (std::size_t i = 0; i < step->inputs.size(); ++i) {
      const auto depends = [&](int o) { return !partial || partial->depends(o, static_cast<int>(i)); };
      if (std::none_of(live.begin(), live.end(), depends)) step->wants_dx[i] = false;
      if (step->wants_dx[i]) reached.insert(step->inputs[i]);
    }
    if (live.empty()) step->wants_dw.assign(step->weights.size(), false);
  }
}

}  // namespace rhyton::detail
