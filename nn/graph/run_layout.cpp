// Where everything of a Run lies: lifetimes of values, gradients and scratch on the time line
//   forward of step s at s, the loss at n, backward of step s at 2n - s.
#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "nn/graph/run_bindings.hpp"
#include "nn/kernels/thread_limit.hpp"
#include "nn/tensor/memory_limit.hpp"

namespace rhyton {

using detail::Step;
using detail::Value;

namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }
std::size_t bytes_of(const TensorSpec& spec) {
  return static_cast<std::size_t>(spec.shape.size()) * size_of(spec.dtype);
}
bool listed(const std::vector<std::pair<int, int>>& pairs, int first, int& second) {
  for (const auto& [a, b] : pairs) {
    if (a != first) continue;
    second = b;
    return true;
  }
  return false;
}

}  // namespace

void Run::prepare_steps() {
  for (Step& step : program_.steps) {
    // Before the step makes a table of what it does.
    for (int v : step.outputs) {
      const TensorSpec& y = program_.values[index(v)].spec;
      require_memory(static_cast<std::uint64_t>(y.shape.size()), size_of(y.dtype),
                     "A value of shape " + to_string(y.shape));
    }
    // Kernels of engines are planned for a number of threads. Other loops know themselves what pays.
    constexpr double least_flops = 1.5e6;
    const double flops = step.op->flops(step.spec, step.output_specs);
    step.most_threads = flops > 0.0 ? static_cast<int>(std::clamp(flops / least_flops, 1.0, 1e6))
                                    : std::numeric_limits<int>::max();
    const ThreadLimit limit(step.most_threads);
    Prepare prepare(step);
    step.op->prepare(prepare);
  }
}

void Run::plan_values() {
  Bindings& b = *bindings_;
  const int n = static_cast<int>(program_.steps.size());
  std::vector<int> last_use(program_.values.size(), 0);
  auto use = [&](int value, int time) {
    if (value >= 0) last_use[index(value)] = std::max(last_use[index(value)], time);
  };
  for (int s = 0; s < n; ++s) {
    const Step& step = program_.steps[index(s)];
    for (const auto* list : {&step.inputs, &step.masks, &step.outputs, &step.output_masks})
      for (int v : *list) use(v, s);
    if (!step.wants_gradient) continue;
    if (step.reads_inputs) {
      for (int v : step.inputs) use(v, 2 * n - s);
      for (int v : step.masks) use(v, 2 * n - s);
    }
    if (step.reads_outputs)
      for (int v : step.outputs) use(v, 2 * n - s);
  }
  for (int v : program_.outputs) {
    use(v, 2 * n + 1);
    use(program_.values[index(v)].mask, 2 * n + 1);
  }
  for (const auto& logits : program_.logits) use(logits.value, 2 * n + 1);

  b.places.assign(program_.values.size(), {});
  for (std::size_t i = 0; i < program_.inputs.size(); ++i)
    b.places[index(program_.inputs[i])].external = static_cast<int>(i);
  for (int s = 0; s < n; ++s) {
    Step& step = program_.steps[index(s)];
    for (std::size_t o = 0; o < step.outputs.size(); ++o) {
      const int v = step.outputs[o];
      const std::size_t bytes = bytes_of(program_.values[index(v)].spec);
      int input = -1;
      if (!listed(step.aliases, static_cast<int>(o), input)) {
        // The first input whose memory nobody else needs any more.
        for (const auto& [output, candidate] : step.in_places) {
          const int buffer = b.places[index(step.inputs[index(candidate)])].buffer;
          if (input >= 0 || output != static_cast<int>(o) || buffer < 0 || memory_.end(buffer) > s) continue;
          if (bytes == bytes_of(step.spec.inputs[index(candidate)])) input = candidate;
        }
      }
      if (input >= 0) {
        b.places[index(v)] = b.places[index(step.inputs[index(input)])];
      } else if (program_.values[index(v)].spec.dtype == DType::string) {
        b.places[index(v)].text = static_cast<int>(b.texts.size());
        b.texts.emplace_back(program_.values[index(v)].spec.shape, DType::string);
      } else {
        b.places[index(v)].buffer = memory_.add(bytes, s, s);
      }
      if (b.places[index(v)].buffer >= 0) memory_.extend(b.places[index(v)].buffer, last_use[index(v)]);
    }
    for (int v : step.output_masks)
      if (v >= 0)
        b.places[index(v)].buffer =
            memory_.add(bytes_of(program_.values[index(v)].spec), s, last_use[index(v)]);

    auto& saved = b.saved.emplace_back();
    if (step.wants_gradient)
      for (const TensorSpec& spec : step.saved_specs)
        saved.push_back(memory_.add(bytes_of(spec), s, 2 * n - s));
    b.forward_scratch.push_back(step.scratch_bytes ? memory_.add(step.scratch_bytes, s, s) : -1);
    b.backward_scratch.push_back(step.scratch_bytes && step.wants_gradient
                                     ? memory_.add(step.scratch_bytes, 2 * n - s, 2 * n - s)
                                     : -1);
  }
}

void Run::plan_gradients(const GradientMap&) {
  Bindings& b = *bindings_;
  const int n = static_cast<int>(program_.steps.size());
  b.gradients.resize(index(n));
  b.gradient_of.assign(program_.values.size(), -1);
  if (!options_.gradients) return;

  std::vector<int> producer(program_.values.size(), -1);
  for (int s = 0; s < n; ++s)
    for (int v : program_.steps[index(s)].outputs) producer[index(v)] = s;
  auto end_of = [&](int v) { return producer[index(v)] < 0 ? 2 * n + 1 : 2 * n - producer[index(v)]; };

  for (std::size_t i = 0; i < program_.outputs.size(); ++i) {
    const int v = program_.logits[i].value >= 0 ? program_.logits[i].value : program_.outputs[i];
    const Value& value = program_.values[index(v)];
    int buffer = -1;
    if (value.needs_gradient) {
      const bool again = b.gradient_of[index(v)] >= 0;
      buffer = memory_.add(bytes_of(value.spec), n, again ? n + 1 : end_of(v));
      if (!again) b.gradient_of[index(v)] = buffer;
    }
    b.output_gradient_buffers.emplace_back(buffer, v);
  }

  std::set<const Weight*> seen;
  for (int s = n - 1; s >= 0; --s) {
    Step& step = program_.steps[index(s)];
    auto& plan = b.gradients[index(s)];
    plan.dx_buffers.assign(step.inputs.size(), -1);
    plan.accumulates.assign(step.weights.size(), 0);
    if (!step.wants_gradient) continue;
    const int now = 2 * n - s;
    for (int v : step.outputs) {
      if (b.gradient_of[index(v)] >= 0 || !is_floating(program_.values[index(v)].spec.dtype)) continue;
      b.gradient_of[index(v)] = memory_.add(bytes_of(program_.values[index(v)].spec), n, now);
      b.zeroed.emplace_back(b.gradient_of[index(v)], v);
    }
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (!step.wants_dx[i]) continue;
      const int v = step.inputs[i];
      const std::size_t bytes = bytes_of(program_.values[index(v)].spec);
      int output = -1;
      const bool may_share = listed(step.gradients_in_place, static_cast<int>(i), output);
      const int dy = may_share ? b.gradient_of[index(step.outputs[index(output)])] : -1;
      int& total = b.gradient_of[index(v)];
      if (total < 0) {
        const bool share = may_share && memory_.end(dy) <= now &&
                           bytes == bytes_of(program_.values[index(step.outputs[index(output)])].spec);
        total = share ? dy : memory_.add(bytes, now, now);
        memory_.extend(total, end_of(v));
        plan.dx_buffers[i] = total;
        if (step.is_alias && !share) plan.pending_moves.emplace_back(static_cast<int>(i), dy);
      } else if (step.is_alias) {
        plan.pending_additions.emplace_back(static_cast<int>(i), dy);
      } else {
        plan.dx_buffers[i] = memory_.add(bytes, now, now);
        plan.pending_additions.emplace_back(static_cast<int>(i), plan.dx_buffers[i]);
      }
    }
    for (std::size_t i = 0; i < step.weights.size(); ++i)
      if (step.wants_dw[i]) plan.accumulates[i] = !seen.insert(step.weights[i].get()).second;
  }
}

void Run::bind(const GradientMap& gradients) {
  Bindings& b = *bindings_;
  b.input_views.resize(program_.inputs.size());
  auto place = [&](View& slot, int v) {
    const TensorSpec& spec = program_.values[index(v)].spec;
    const auto& where = b.places[index(v)];
    if (where.external >= 0) {
      slot = View(nullptr, spec.shape, spec.dtype);
      b.input_views[index(where.external)].push_back(&slot);
    } else if (where.text >= 0) {
      slot = b.texts[index(where.text)].view();
    } else {
      slot = View(memory_.at(where.buffer), spec.shape, spec.dtype);
    }
  };
  auto gradient = [&](int buffer, int v) {
    const TensorSpec& spec = program_.values[index(v)].spec;
    return buffer < 0 ? View() : View(memory_.at(buffer), spec.shape, spec.dtype);
  };
  for (std::size_t s = 0; s < program_.steps.size(); ++s) {
    Step& step = program_.steps[s];
    step.in.resize(step.inputs.size());
    step.in_masks.resize(step.masks.size());
    step.out.resize(step.outputs.size());
    step.out_masks.resize(step.output_masks.size());
    for (std::size_t i = 0; i < step.inputs.size(); ++i) place(step.in[i], step.inputs[i]);
    for (std::size_t i = 0; i < step.masks.size(); ++i)
      if (step.masks[i] >= 0) place(step.in_masks[i], step.masks[i]);
    for (std::size_t i = 0; i < step.outputs.size(); ++i) place(step.out[i], step.outputs[i]);
    for (std::size_t i = 0; i < step.output_masks.size(); ++i)
      if (step.output_masks[i] >= 0) place(step.out_masks[i], step.output_masks[i]);
    for (std::size_t i = 0; i < b.saved[s].size(); ++i)
      step.saved.emplace_back(memory_.at(b.saved[s][i]), step.saved_specs[i].shape,
                              step.saved_specs[i].dtype);
    if (b.forward_scratch[s] >= 0) step.forward_scratch = memory_.at(b.forward_scratch[s]);
    if (b.backward_scratch[s] >= 0) step.backward_scratch = memory_.at(b.backward_scratch[s]);
    if (!step.wants_gradient) continue;
    auto& plan = b.gradients[s];
    for (int v : step.outputs) step.dy.push_back(gradient(b.gradient_of[index(v)], v));
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      step.dx.push_back(gradient(plan.dx_buffers[i], step.inputs[i]));
    }
    for (const auto& [i, from] : plan.pending_moves)
      plan.moves.emplace_back(gradient(from, step.inputs[index(i)]), step.dx[index(i)]);
    for (const auto& [i, from] : plan.pending_additions)
      plan.additions.emplace_back(
          gradient(from, step.inputs[index(i)]),
          gradient(b.gradient_of[index(step.inputs[index(i)])], step.inputs[index(i)]));
  }
  for (std::size_t i = 0; i < program_.outputs.size(); ++i) {
    b.outputs.emplace_back();
    b.output_masks.emplace_back();
    b.logits.emplace_back();
  }
  for (std::size_t i = 0; i < program_.outputs.size(); ++i) {
    place(b.outputs[i], program_.outputs[i]);
    if (const int mask = program_.values[index(program_.outputs[i])].mask; mask >= 0)
      place(b.output_masks[i], mask);
    if (program_.logits[i].value >= 0) place(b.logits[i], program_.logits[i].value);
  }
  for (const auto& [buffer, v] : b.output_gradient_buffers) {
    b.output_gradients.push_back(gradient(buffer, v));
    if (buffer >= 0 && buffer != b.gradient_of[index(v)])
      b.start_additions.emplace_back(b.output_gradients.back(), gradient(b.gradient_of[index(v)], v));
  }
  for (const auto& [buffer, v] : b.zeroed) b.unread_gradients.push_back(gradient(buffer, v));
  for (int v : program_.inputs)
    b.input_gradients.push_back(b.gradient_of.empty() ? View() : gradient(b.gradient_of[index(v)], v));
  bind_weights(gradients);
}

void Run::bind_weights(const GradientMap& gradients) {
  std::map<const Weight*, std::pair<Step*, std::size_t>> last;
  std::set<const Weight*> reached;
  std::map<const Weight*, int> uses;
  for (const Step& step : program_.steps)
    for (const auto& weight : step.weights) ++uses[weight.get()];
  for (std::size_t s = 0; s < program_.steps.size(); ++s) {
    Step& step = program_.steps[s];
    auto& sinks = bindings_->gradients[s].sinks;
    for (std::size_t i = 0; i < step.weights.size(); ++i) {
      Weight& weight = *step.weights[i];
      if (is_floating(weight.value.dtype()) && weight.value.dtype() != options_.kernel.dtype) {
        bindings_->converted_weights.push_back(Tensor(weight.value.shape(), options_.kernel.dtype));
        step.weight_views.push_back(bindings_->converted_weights.back().view());
      } else {
        step.weight_views.push_back(weight.value.view());
      }
      const auto target = gradients.find(&weight);
      const bool wanted = !step.wants_dw.empty() && step.wants_dw[i] && target != gradients.end();
      auto& latest = last[&weight];
      step.earlier.push_back(latest);
      latest = {&step, i};
      step.gradients.push_back({wanted ? target->second.view : View()});
      const bool streams = std::count(step.streams.begin(), step.streams.end(), static_cast<int>(i)) != 0;
      sinks.push_back(wanted && streams && uses[&weight] == 1 ? target->second.sink : nullptr);
      if (wanted) reached.insert(&weight);
    }
    step.gradient_opened.resize(step.weights.size());
    step.updates.resize(step.weights.size());
    step.updated.resize(step.weights.size());
  }
  for (const auto& [weight, target] : gradients)
    if (!reached.count(weight)) bindings_->unreached_weights.push_back(target.view);
}

}  // namespace rhyton
