#pragma once
/// @file graph_calls.hpp  A functional model's description as a graph of calls.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nn/graph/graph_map.hpp"
#include "serialization/graph_json.hpp"

namespace rhyton {

/// Whether this is an operation on tensors ("x * 2") rather than a layer.
bool is_operation(const LayerDescription& layer);

class GraphCalls {
 public:
  using Key = std::pair<std::size_t, int>;  ///< layer and call
  using Map = GraphMap<Key, std::size_t>;

  /// `graph` must outlive this.
  explicit GraphCalls(const GraphDescription& graph);

  /// Throws FormatError if the model has no such layer.
  Key key_of(const TensorAddress& address) const;
  /// Null for an input layer; throws FormatError if there is no such call.
  const CallDescription* call_of(const Key& key) const;
  /// Whether an input is a mask that an operation computes: most often the layers themselves make it here.
  bool is_automatic_mask(const CallDescription& call, std::size_t input) const;
  /// The graph from its outputs on, with the operations that make masks, and measured: `sort` gives Keras's
  /// order of its layers.
  Map map() const;
  /// Operations that this library does not have, on the way to the outputs; what only masks need does not
  /// count.
  std::vector<const LayerDescription*> unknown_operations() const;

 private:
  /// The numbers of a call's inputs in the order in which Keras follows them.
  static std::vector<std::size_t> followed(const CallDescription& call);

  const GraphDescription& graph_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace rhyton
