#pragma once
/// @file order.hpp  The order of nodes and layers in a graph, as Keras computes it (`ops/function.py:
/// map_graph`).
#include "nn/layer.hpp"
#include "nn/load_scope.hpp"

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
/// inputs. In Keras 3 masks are computed by operations that are part of the graph, and deepen what they read;
/// in Keras 2 they are none, and attention has names for its arguments that Keras 3 takes by position.
GraphOrder graph_order(const SymbolicTensors& inputs, const SymbolicTensors& outputs,
                       Dialect dialect = Dialect::keras3);

}  // namespace rhyton
