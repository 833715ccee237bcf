#include "nn/graph/program.hpp"

#include <algorithm>
#include <set>

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

Program make_program(const Plan& plan, const Shapes& input_shapes, const RunOptions& options) {
  Program program;
  program.values.resize(static_cast<std::size_t>(plan.values()));
  auto real = [&](TensorSpec spec) {
    // A double-precision run is the same program with float64 in place of float32.
    if (is_floating(spec.dtype)) spec.dtype = options.kernel.dtype;
    return spec;
  };
  for (std::size_t i = 0; i < plan.inputs().size(); ++i)
    program.values[static_cast<std::size_t>(plan.inputs()[i])].spec =
        real({input_shapes[i], plan.input_specs()[i].dtype});

  for (const PlanStep& from : plan.steps()) {
    Step step;
    step.op = from.layer;
    step.name = from.layer->name();
    step.spec = from.spec;
    step.inputs = from.inputs;
    step.outputs = from.outputs;
    step.weights = from.layer->own_weights();
    step.training = step.spec.flag("training").value_or(options.training);
    step.options = options.kernel;
    step.options.training = options.gradients;

    for (std::size_t i = 0; i < from.inputs.size(); ++i) {
      const Value& value = program.values[static_cast<std::size_t>(from.inputs[i])];
      step.spec.inputs[i] = value.spec;
      step.masks.push_back(value.mask);
    }
    if (const int role = step.spec.find("mask"); role > 0)
      step.masks[0] = from.inputs[static_cast<std::size_t>(role)];
    step.spec.masks.assign(from.inputs.size(), std::nullopt);
    for (std::size_t i = 0; i < step.masks.size(); ++i)
      if (step.masks[i] >= 0)
        step.spec.masks[i] = program.values[static_cast<std::size_t>(step.masks[i])].spec.shape;

    const auto specs = from.layer->compute_output_spec(step.spec);
    const MaskRule rule = from.layer->mask_rule(step.spec);
    step.output_masks.assign(specs.size(), -1);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      step.output_specs.push_back(real(specs[i]));
      const auto v = static_cast<std::size_t>(from.outputs[i]);
      program.values[v].spec = step.output_specs.back();
      if (rule == MaskRule::pass && i == 0) program.values[v].mask = step.masks[0];
      if (rule != MaskRule::compute) continue;
      if (auto shape = from.layer->mask_shape(step.spec, static_cast<int>(i))) {
        step.computes_mask = true;
        step.output_masks[i] = program.add_value({*shape, DType::boolean});
        program.values[v].mask = step.output_masks[i];
      }
    }
    program.steps.push_back(std::move(step));
  }
  program.inputs = plan.inputs();
  program.outputs = plan.outputs();
  program.logits.resize(program.outputs.size());
  return program;
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
    bool any = false;
    step.wants_dx.clear();
    step.wants_dw.clear();
    for (int v : step.inputs) {
      step.wants_dx.push_back(step.op->has_backward() &&
                              program.values[static_cast<std::size_t>(v)].needs_gradient);
      any = any || step.wants_dx.back();
    }
    for (std::size_t i = 0; i < step.weights.size(); ++i) {
      const bool frozen = step.frozen || (layer && !layer->trainable());
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
  for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
    bool live = false;
    for (int v : step->outputs)
      live = live || (reached.count(v) && program.values[static_cast<std::size_t>(v)].needs_gradient);
    step->wants_gradient = live;
    for (std::size_t i = 0; i < step->inputs.size(); ++i) {
      if (!live) step->wants_dx[i] = false;
      if (live && step->wants_dx[i]) reached.insert(step->inputs[i]);
    }
    if (!live) step->wants_dw.assign(step->weights.size(), false);
  }
}

}  // namespace rhyton::detail
