#pragma once
/// @file lost_masks.hpp  Masks that are gone when Keras runs a model, though they were there when it made it.
#include <set>
#include <utility>

#include "nn/graph/order.hpp"

namespace rhyton::detail {

/// Keras's MultiHeadAttention takes the masks of its inputs away. So a second one on the same tensor sees no
/// mask, nor does one behind the sum of a tensor and its attention, nor Multiply, nor the loss behind these;
/// layers whose mask is part of the graph still do.
class LostMasks {
 public:
  /// `nodes`: of one graph, in Keras's order of execution.
  explicit LostMasks(const std::vector<NodePtr>& nodes);
  /// Whether the mask of input i is gone for a layer that looks for it when it runs.
  bool read(const Node& node, std::size_t i) const { return read_.count({&node, i}) != 0; }
  /// Whether the mask of a tensor is gone at the end.
  bool at_end(const SymbolicTensor& x) const { return is_lost(x); }

 private:
  bool is_lost(const SymbolicTensor& x) const { return lost_.count({x.node().get(), x.index()}) != 0; }
  bool passes_none(const Node& node) const;

  std::set<std::pair<const Node*, int>> lost_;
  std::set<std::pair<const Node*, std::size_t>> read_;
};

/// Whether the layer of a call takes masks away that its inputs carry.
bool takes_masks(const Node& node);

}  // namespace rhyton::detail
