#include "layers/rnn/time_distributed.hpp"

#include <algorithm>

#include "nn/ops/time_layers.hpp"

namespace rhyton {

namespace {

Shape without_time(const Shape& x) { return Shape{x[0]}.concat(x.from(2)); }

// Keras calls the layer step by step. That shows in two cases.

/// A call in training changes something, such as moving statistics.
bool changes_weights(const Layer& layer) {
  const auto& own = layer.own_weights();
  if (layer.trainable() && std::any_of(own.begin(), own.end(), [](const auto& w) {
        return w->options.persistent && !w->options.trainable;
      }))
    return true;
  const auto inner = layer.sublayers();
  return std::any_of(inner.begin(), inner.end(),
                     [](const auto& part) { return changes_weights(*part.second); });
}

/// A penalty on activities inside is divided by the batch size at every step, in evaluation too.
bool penalizes_inside(const Layer& layer) {
  const auto inner = layer.sublayers();
  return std::any_of(inner.begin(), inner.end(), [](const auto& part) {
    return part.second->activity_regularizer() || penalizes_inside(*part.second);
  });
}

}  // namespace

TimeDistributed::TimeDistributed(Config config) : LayerOf(std::move(config)) {
  if (!config_.layer) fail("the argument `layer` is missing; give the layer that is applied to every step.");
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> TimeDistributed::sublayers() const {
  return {{"layer", config_.layer.share()}};
}

CallSpec TimeDistributed::step_call(const CallSpec& spec) const {
  const Shape& x = spec.shape();
  if (x.rank() < 3)
    fail("expected an input of at least 3 dimensions (batch, steps, ...). Received shape: {}.", to_string(x));
  CallSpec step;
  step.inputs = {{without_time(x), spec.inputs[0].dtype}};
  step.roles = {""};
  step.masks.resize(1);
  step.flags = spec.flags;
  return step;
}

void TimeDistributed::build(const CallSpec& spec) {
  const CallSpec step = step_call(spec);
  try {
    config_.layer->ensure_built(step);
  } catch (const ValueError& error) {
    fail(std::string("cannot apply its layer to every step: ") + error.what());
  }
}

std::vector<TensorSpec> TimeDistributed::compute_output_spec(const CallSpec& spec) const {
  const CallSpec step = step_call(spec);
  if (spec.shape()[1] == 0)
    fail("expected sequences of at least one step. Received shape: {}.", to_string(spec.shape()));
  if (spec.masked() &&
      (spec.masks[0]->rank() < 2 || !spec.masks[0]->slice(0, 2).compatible(spec.shape().slice(0, 2))))
    fail("expected a mask whose shape begins with {}. Received shape: {}.",
         to_string(spec.shape().slice(0, 2)), to_string(*spec.masks[0]));
  auto out = config_.layer->compute_output_spec(step);
  for (TensorSpec& y : out) y.shape = Shape{y.shape[0], spec.shape()[1]}.concat(y.shape.from(1));
  return out;
}

/// A model in the place of the layer makes its own masks.
bool TimeDistributed::passes_mask() const {
  return config_.layer->supports_masking() && !config_.layer->is_composite();
}

SymbolicTensors TimeDistributed::expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                                        const CallSpec& spec) const {
  const Dim steps = inputs[0].shape()[1];
  const SymbolicTensor mask = passes_mask() ? masks[0] : SymbolicTensor();
  const auto run = [&](const SymbolicTensor& x, const SymbolicTensor& step_mask) {
    SymbolicTensors arguments{x};
    std::vector<std::string> roles(1);
    if (step_mask) {
      arguments.push_back(step_mask);
      roles.emplace_back("mask");
    }
    // Keras passes its own `__call__` by, and with it the layer's activity regularizer.
    auto flags = spec.flags;
    flags.emplace_back("penalize", false);
    return call_layer(config_.layer, arguments, roles, std::move(flags)).outputs();
  };
  SymbolicTensors out;
  const bool step_by_step =
      penalizes_inside(*config_.layer) || (*spec.flag("training") && changes_weights(*config_.layer));
  if (!step_by_step) {
    for (const auto& y : run(ops::merge_time(inputs[0]), mask ? ops::merge_time(mask) : mask))
      out.push_back(ops::split_time(y, steps));
    return out;
  }
  const SymbolicTensors xs = ops::unstack_time(inputs[0]);
  const SymbolicTensors step_masks = mask ? ops::unstack_time(mask) : SymbolicTensors(xs.size());
  std::vector<SymbolicTensors> ys;
  for (std::size_t t = 0; t < xs.size(); ++t) {
    const SymbolicTensors made = run(xs[t], step_masks[t]);
    ys.resize(made.size());
    for (std::size_t k = 0; k < made.size(); ++k) ys[k].push_back(made[k]);
  }
  for (const auto& y : ys) out.push_back(ops::stack_time(y));
  return out;
}

}  // namespace rhyton
