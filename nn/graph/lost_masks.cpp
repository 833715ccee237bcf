#include "nn/graph/lost_masks.hpp"

#include <algorithm>

#include "nn/late_masks.hpp"

namespace rhyton::detail {

namespace {

const LateMasks* late(const Node& node) { return dynamic_cast<const LateMasks*>(node.layer.get()); }

}  // namespace

bool takes_masks(const Node& node) {
  if (node.inputs.empty() || !late(node)) return false;  // a placeholder only names its layer
  const auto taken = late(node)->taken_masks(node.spec);
  return std::any_of(taken.begin(), taken.end(), [&](int i) { return node.spec.masked(i); });
}

LostMasks::LostMasks(const std::vector<NodePtr>& nodes) {
  if (std::none_of(nodes.begin(), nodes.end(), [](const NodePtr& node) { return takes_masks(*node); }))
    return;
  for (const NodePtr& node : nodes) {
    if (node->inputs.empty()) continue;
    if (late(*node))
      for (std::size_t i = 0; i < node->inputs.size(); ++i)
        if (is_lost(node->inputs[i])) read_.insert({node.get(), i});
    if (passes_none(*node))
      for (std::size_t k = 0; k < node->masks.size(); ++k)
        if (node->masks[k]) lost_.insert({node.get(), static_cast<int>(k)});
    if (!late(*node)) continue;
    for (const int i : late(*node)->taken_masks(node->spec)) {
      const SymbolicTensor& x = node->inputs[static_cast<std::size_t>(i)];
      if (x.mask_shape()) lost_.insert({x.node().get(), x.index()});
    }
  }
}

// What `compute_mask` makes of masks that are gone.
bool LostMasks::passes_none(const Node& node) const {
  const auto gone = [&](const SymbolicTensor& x) { return x.mask_shape() && is_lost(x); };
  const MaskGraph graph = node.layer->mask_graph();
  if (graph.makes == MaskGraph::Makes::compared || node.spec.find("mask") >= 0 ||
      node.spec.find("query_mask") >= 0)
    return false;
  if (late(node) && graph.makes == MaskGraph::Makes::passed) return gone(node.inputs[0]);
  // The mask of the one input is part of the graph.
  if (graph.reads != MaskGraph::Reads::none && node.inputs.size() == 1) return false;
  if (graph.makes == MaskGraph::Makes::concatenated)
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](const auto& x) { return !x.mask_shape() || gone(x); });
  return std::any_of(node.inputs.begin(), node.inputs.end(), gone);
}

}  // namespace rhyton::detail
