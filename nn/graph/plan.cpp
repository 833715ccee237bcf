#include "nn/graph/plan.hpp"

#include <algorithm>
#include <map>

#include "nn/graph/lost_masks.hpp"
#include "nn/graph/order.hpp"
#include "nn/graph/plan_layers.hpp"

namespace rhyton {

Plan::Plan(const SymbolicTensors& inputs, const SymbolicTensors& outputs) {
  for (const auto& x : inputs) {
    inputs_.push_back(values_++);
    input_specs_.push_back(x.spec());
  }
  add_graph(inputs, inputs_, outputs, outputs_);
}

int Plan::add_step(std::shared_ptr<const Layer> layer, const TensorSpec& spec, int input) {
  CallSpec call;
  call.inputs = {spec};
  call.masks.resize(1);
  steps_.push_back({std::move(layer), std::move(call), {input}, {values_}});
  return values_++;
}

int Plan::add_mask(const TensorSpec& spec, int y, const TensorSpec& masked, int x) {
  CallSpec call;
  call.inputs = {spec, masked};
  call.masks.resize(2);
  steps_.push_back({detail::masked_layer(), std::move(call), {y, x}, {values_}});
  return values_++;
}

void Plan::add_casts_back(const Node& node, const CallSpec& seen, std::vector<int>& values) {
  const auto made = node.layer->compute_output_spec(seen);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (is_floating(made[i].dtype) && !is_floating(node.outputs[i].dtype))
      values[i] = add_step(detail::cast_layer(node.outputs[i].dtype), made[i], values[i]);
}

void Plan::add_graph(const SymbolicTensors& inputs, const std::vector<int>& values,
                     const SymbolicTensors& outputs, std::vector<int>& output_values) {
  std::map<std::pair<const Node*, int>, int> value_of;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    value_of[{inputs[i].node().get(), inputs[i].index()}] = values[i];
  auto find = [&](const SymbolicTensor& t) { return value_of.at({t.node().get(), t.index()}); };

  const std::vector<NodePtr> nodes = graph_order(inputs, outputs).nodes;
  const detail::LostMasks lost(nodes);
  for (const auto& node : nodes) {
    if (node->inputs.empty() || value_of.count({node.get(), 0})) continue;
    std::vector<int> in, out;
    CallSpec seen = node->spec;
    for (const auto& x : node->inputs) {
      in.push_back(find(x));
      const std::size_t i = in.size() - 1;
      if (!lost.read(*node, i)) continue;
      in[i] = add_step(detail::unmasked_layer(), seen.inputs[i], in[i]);
      seen.masks[i].reset();
    }
    const auto query = static_cast<std::size_t>(std::max(node->spec.find("query"), 0));
    if (node->layer->is_composite()) {
      const SymbolicTensors inner = placeholders(seen, node->layer);
      add_graph(inner, in, node->layer->compose(inner, seen), out);
    } else {
      for (std::size_t i = 0; i < in.size(); ++i)
        if (const auto dtype = detail::needed_cast(*node, i)) {
          in[i] = add_step(detail::cast_layer(*dtype), node->spec.inputs[i], in[i]);
          seen.inputs[i].dtype = *dtype;
        }
      for (std::size_t i = 0; i < node->outputs.size(); ++i) out.push_back(values_++);
      steps_.push_back({node->layer, node->spec, std::move(in), out});
      if (const auto whole = detail::rounds_to(*node)) {
        const int rounded = add_step(detail::cast_layer(*whole), node->outputs[0], out[0]);
        out[0] =
            add_step(detail::cast_layer(node->outputs[0].dtype), {node->outputs[0].shape, *whole}, rounded);
      } else if (seen.inputs != node->spec.inputs) {
        add_casts_back(*node, seen, out);
      }
    }
    // For layers whose mask is part of the graph the output still has the query's.
    if (lost.read(*node, query) && node->masks[0])
      out[0] = add_mask(node->outputs[0], out[0], node->spec.inputs[query], find(node->inputs[query]));
    if (node->layer->activity_regularizer() && node->spec.flag("penalize").value_or(true))
      for (std::size_t i = 0; i < out.size(); ++i)
        if (is_floating(node->outputs[i].dtype))
          out[i] = add_step(detail::penalty_layer(*node->layer), node->outputs[i], out[i]);
    for (std::size_t i = 0; i < out.size(); ++i) value_of[{node.get(), static_cast<int>(i)}] = out[i];
  }
  for (const auto& y : outputs) {
    const int value = find(y);
    output_values.push_back(lost.at_end(y) ? add_step(detail::unmasked_layer(), y.spec(), value) : value);
  }
}

}  // namespace rhyton
