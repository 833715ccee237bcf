// Layers called on symbolic tensors: the nodes of a graph.
#include <fmt/format.h>

#include <algorithm>

#include "nn/late_masks.hpp"
#include "nn/layer.hpp"
#include "nn/load_scope.hpp"

namespace rhyton {

namespace {

/// Runs `action`; an error from below the layer, which cannot know whose it is, gets the layer's label.
template <class F>
void labelled(const Layer& layer, F&& action) {
  const auto label = [&](const Error& error) {
    const std::string text = error.what();
    return text.find(layer.class_name()) == std::string::npos ? fmt::format("{}: {}", layer.label(), text)
                                                              : text;
  };
  try {
    action();
  } catch (const ValueError& error) {
    throw ValueError(label(error));
  } catch (const FormatError& error) {
    throw FormatError(label(error));
  } catch (const NotSupported& error) {
    throw NotSupported(label(error));
  }
}

/// Builds the layer if it is not, and fills in what the node gives.
void infer_outputs(const LayerRef& layer, Node& node) {
  layer->ensure_built(node.spec);
  if (layer->is_composite()) {
    for (const auto& y : layer->compose(placeholders(node.spec), node.spec)) {
      node.outputs.push_back(y.spec());
      node.masks.push_back(y.mask_shape());
    }
  } else {
    node.outputs = layer->compute_output_spec(node.spec);
    node.masks.resize(node.outputs.size());
    const MaskRule rule = layer->mask_rule(node.spec);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (rule == MaskRule::pass && i == 0) node.masks[i] = node.spec.masks[0];
      if (rule == MaskRule::compute) node.masks[i] = layer->mask_shape(node.spec, static_cast<int>(i));
    }
  }
  for (const TensorSpec& y : node.outputs) {
    Shape known;
    for (Dim d : y.shape)
      if (d >= 0) known.push_back(d);
    (void)known.size();  // throws where it overflows, before anything is allocated
  }
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> given_masks(const Layer& layer, const CallSpec& spec) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  const auto add = [&](std::size_t masked, const char* role) {
    const int mask = spec.find(role);
    if (mask > 0 && masked < spec.shapes().size()) out.emplace_back(masked, static_cast<std::size_t>(mask));
  };
  add(0, "mask");
  // Layers made of layers see to theirs themselves.
  if (dynamic_cast<const LateMasks*>(&layer) && !layer.is_composite())
    for (std::size_t i = 0; i < list_mask_roles.size(); ++i) add(i, list_mask_roles[i]);
  return out;
}

SymbolicTensors placeholders(const CallSpec& spec, std::shared_ptr<Layer> layer) {
  auto node = std::make_shared<Node>();
  node->layer = std::move(layer);
  node->outputs = spec.inputs;
  node->masks = spec.masks;
  node->masks.resize(spec.inputs.size());
  SymbolicTensors out;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) out.emplace_back(node, static_cast<int>(i));
  return out;
}

SymbolicTensor placeholder(const TensorSpec& spec, std::shared_ptr<Layer> layer) {
  CallSpec call;
  call.inputs = {spec};
  return placeholders(call, std::move(layer))[0];
}

SymbolicTensor call_layer(const LayerRef& layer, SymbolicTensors inputs, std::vector<std::string> roles,
                          std::vector<std::pair<std::string, bool>> flags) {
  if (LoadScope* scope = LoadScope::current()) scope->count_call();
  auto node = std::make_shared<Node>();
  node->layer = layer.share();
  roles.resize(inputs.size());
  if (inputs.empty()) throw ValueError(layer->label() + ": was called on no tensor.");
  for (const auto& x : inputs) {
    if (!x) throw ValueError(layer->label() + ": was called on an empty SymbolicTensor.");
    if (x.dtype() == DType::string && !layer->is_composite() && !layer->takes(DType::string))
      throw ValueError(layer->label() +
                       ": expected numbers. Received an input of text (dtype=string); turn "
                       "it into numbers first, for example with StringLookup.");
    node->spec.inputs.push_back(x.spec());
    node->spec.masks.push_back(x.mask_shape());
  }
  node->spec.roles = std::move(roles);
  // An explicit mask takes the place of the one that the input carries.
  for (const auto& [masked, mask] : given_masks(*layer, node->spec))
    node->spec.masks[masked] = inputs[mask].shape();
  node->spec.flags = std::move(flags);
  node->inputs = std::move(inputs);
  labelled(*layer, [&] { infer_outputs(layer, *node); });
  return {node, 0};
}

SymbolicTensor LayerRef::operator()(const SymbolicTensor& x, const CallArguments& arguments) const {
  return (*this)(SymbolicTensors{x}, arguments);
}

SymbolicTensor LayerRef::operator()(const SymbolicTensors& inputs, const CallArguments& a) const {
  SymbolicTensors all = inputs;
  std::vector<std::string> roles(inputs.size());
  auto add = [&](const char* role, const SymbolicTensor& tensor) {
    if (!tensor) return;
    all.push_back(tensor);
    roles.emplace_back(role);
  };
  add("query", a.query);
  add("value", a.value);
  add("key", a.key);
  for (const auto& state : a.initial_state) add("initial_state", state);
  add("mask", a.mask);
  add("query_mask", a.query_mask);
  add("value_mask", a.value_mask);
  add("key_mask", a.key_mask);
  add("attention_mask", a.attention_mask);
  std::vector<std::pair<std::string, bool>> flags;
  if (a.training) flags.emplace_back("training", *a.training);
  if (a.use_causal_mask) flags.emplace_back("use_causal_mask", *a.use_causal_mask);
  if (a.return_attention_scores) flags.emplace_back("return_attention_scores", *a.return_attention_scores);
  return call_layer(*this, std::move(all), std::move(roles), std::move(flags));
}

}  // namespace rhyton
