#pragma once
/// @file mask_graph.hpp  What Keras 3's graphs hold of masks.

namespace rhyton {

/// Keras 3 computes masks by operations that are part of the graph which it makes. What they read lies deeper
/// for them, and that shows in the order of layers, so in files (nn/graph/order.hpp).
struct MaskGraph {
  /// Masks that the layer's call has an argument for: its input's if that is the only one, or those of all.
  enum class Reads { none, single, all };
  /// What the output's mask comes from: handed on from the first input that has one, the input's values, or
  /// the masks of all inputs.
  enum class Makes { passed, compared, joined, concatenated };

  Reads reads = Reads::none;
  Makes makes = Makes::passed;
  int comparing = 1;  ///< operations from the values to the mask where it is `compared`
};

}  // namespace rhyton
