// From a plan to a program: sizes become known, layers that expand become the steps of their graphs.
#include <algorithm>
#include <utility>

#include "nn/graph/program.hpp"
#include "nn/late_masks.hpp"
#include "nn/raise.hpp"

namespace rhyton::detail {

namespace {

class Builder {
 public:
  explicit Builder(const RunOptions& options) : options_(options) {}

  Program build(const Plan& plan, const Shapes& input_shapes) {
    std::vector<int> value_of(static_cast<std::size_t>(plan.values()), -1);
    for (std::size_t i = 0; i < plan.inputs().size(); ++i) {
      const int v = program_.add_value(real({input_shapes[i], plan.input_specs()[i].dtype}));
      program_.inputs.push_back(value_of[index(plan.inputs()[i])] = v);
    }
    add_steps(plan, value_of);
    for (int v : plan.outputs()) program_.outputs.push_back(value_of[index(v)]);
    program_.logits.resize(program_.outputs.size());
    return std::move(program_);
  }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }

  // A double-precision run is the same program with float64 in place of float32.
  TensorSpec real(TensorSpec spec) const {
    if (is_floating(spec.dtype)) spec.dtype = options_.kernel.dtype;
    return spec;
  }

  /// `value_of`: the program's number of each of the plan's values.
  void add_steps(const Plan& plan, std::vector<int>& value_of) {
    for (const PlanStep& from : plan.steps()) {
      Step step;
      step.op = from.layer;
      step.name = from.layer->name();
      step.spec = from.spec;
      for (int v : from.inputs) step.inputs.push_back(value_of[index(v)]);
      step.weights = from.layer->step_weights();
      step.training = step.spec.flag("training").value_or(options_.training);
      step.options = options_.kernel;
      step.options.training = options_.gradients;
      find_inputs(*from.layer, step);
      if (from.layer->expands())
        add_expanded(*from.layer, step, from, value_of);
      else
        add_step(*from.layer, std::move(step), from, value_of);
    }
  }

  /// A mask given in the call has the first axes of the input, or all of them and size 1 where it is
  /// repeated.
  static void check_mask(const Layer& layer, const Shape& x, const Shape& mask) {
    bool begins = mask.rank() <= x.rank(), repeats = mask.rank() == x.rank();
    for (int d = 0; d < std::min(mask.rank(), x.rank()); ++d) {
      begins = begins && mask[d] == x[d];
      repeats = repeats && (mask[d] == x[d] || mask[d] == 1);
    }
    if (!begins && !repeats)
      raise<ValueError>(
          "{}: expected a mask with the first axes of the input, {}. Received a mask of shape {}.",
          layer.label(), to_string(x), to_string(mask));
  }

  void find_inputs(const Layer& layer, Step& step) const {
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const Value& value = program_.values[index(step.inputs[i])];
      step.spec.inputs[i] = value.spec;
      step.masks.push_back(value.mask);
    }
    for (const auto& [masked, mask] : given_masks(layer, step.spec)) {
      step.masks[masked] = step.inputs[mask];
      if (!expanding_) check_mask(layer, step.spec.inputs[masked].shape, step.spec.inputs[mask].shape);
    }
    step.spec.masks.assign(step.inputs.size(), std::nullopt);
    for (std::size_t i = 0; i < step.masks.size(); ++i)
      if (step.masks[i] >= 0) step.spec.masks[i] = program_.values[index(step.masks[i])].spec.shape;
  }

  void add_step(const Layer& layer, Step step, const PlanStep& from, std::vector<int>& value_of) {
    CallSpec spec = step.spec;
    if (!spec.flag("training")) spec.flags.emplace_back("training", step.training);
    const auto specs = layer.compute_output_spec(spec);
    const MaskRule rule = layer.mask_rule(step.spec);
    step.output_masks.assign(specs.size(), -1);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      step.output_specs.push_back(real(specs[i]));
      const int v = program_.add_value(step.output_specs.back());
      step.outputs.push_back(v);
      value_of[index(from.outputs[i])] = v;
      if (rule == MaskRule::pass && i == 0) program_.values[index(v)].mask = step.masks[0];
      if (rule != MaskRule::compute) continue;
      if (auto shape = layer.mask_shape(step.spec, static_cast<int>(i))) {
        step.computes_mask = true;
        step.output_masks[i] = program_.add_value({*shape, DType::boolean});
        program_.values[index(v)].mask = step.output_masks[i];
      }
    }
    program_.steps.push_back(std::move(step));
  }

  void add_expanded(const Layer& layer, const Step& step, const PlanStep& from, std::vector<int>& value_of) {
    std::vector<int> values = step.inputs;
    for (int v : step.masks)
      if (v >= 0) values.push_back(v);
    CallSpec read;
    for (int v : values) read.inputs.push_back(program_.values[index(v)].spec);
    const SymbolicTensors sources = placeholders(read, std::const_pointer_cast<Layer>(from.layer));
    auto next = sources.begin() + static_cast<std::ptrdiff_t>(step.inputs.size());
    const SymbolicTensors inputs(sources.begin(), next);
    SymbolicTensors masks;
    for (int v : step.masks) masks.push_back(v >= 0 ? *next++ : SymbolicTensor());
    CallSpec spec = step.spec;
    if (!spec.flag("training")) spec.flags.emplace_back("training", step.training);
    const SymbolicTensors outputs = layer.expand(inputs, masks, spec);

    const Plan inner(sources, outputs);
    std::vector<int> inner_values(static_cast<std::size_t>(inner.values()), -1);
    for (std::size_t i = 0; i < values.size(); ++i) inner_values[index(inner.inputs()[i])] = values[i];
    const bool outer = std::exchange(expanding_, true);
    add_steps(inner, inner_values);
    expanding_ = outer;
    const MaskRule rule = layer.mask_rule(step.spec);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const int v = value_of[index(from.outputs[i])] = inner_values[index(inner.outputs()[i])];
      if (rule == MaskRule::pass) program_.values[index(v)].mask = i == 0 ? step.masks[0] : -1;
      if (rule == MaskRule::drop) program_.values[index(v)].mask = -1;
    }
  }

  bool expanding_ =
      false;  ///< within a graph that a layer made: what comes by role there is its own business
  const RunOptions& options_;
  Program program_;
};

}  // namespace

Program make_program(const Plan& plan, const Shapes& input_shapes, const RunOptions& options) {
  return Builder(options).build(plan, input_shapes);
}

}  // namespace rhyton::detail
