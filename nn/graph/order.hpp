#pragma once
/// @file order.hpp  The order of nodes and layers in a graph, as Keras computes it (`ops/function.py:
/// map_graph`).
#include "nn/layer.hpp"

namespace rhyton {

using NodePtr = std::shared_ptr<const Node>;

struct GraphOrder {
  /// Inputs first: a valid order of execution.
  std::vector<NodePtr> nodes;
  /// `model.layers`: the order in which files keep weights. Depth descending, then first visit from the
  /// outputs.
  std::vector<std::shared_ptr<Layer>> layers;
};

/// Walks from `outputs` to `inputs`. Throws ValueError if an output depends on a tensor that is not among the
/// inputs.
GraphOrder graph_order(const SymbolicTensors& inputs, const SymbolicTensors& outputs);

}  // namespace rhyton
