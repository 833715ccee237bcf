#pragma once
/// @file functional_builder.hpp  Calls layers on one another as a functional model's configuration says.
#include <map>
#include <memory>
#include <vector>

#include "nn/models/graph_layer.hpp"
#include "serialization/function_graph.hpp"
#include "serialization/graph_calls.hpp"

namespace rhyton {

class FunctionalBuilder {
 public:
  /// `layers` go with those of `graph`; null for operations.
  FunctionalBuilder(const GraphDescription& graph, std::vector<std::shared_ptr<Layer>> layers,
                    Dialect dialect);
  std::shared_ptr<GraphLayer> build(bool trainable);

 private:
  using Key = GraphCalls::Key;

  /// Whether Keras makes this mask of the tensor by itself, so that the layers here do.
  bool is_own_mask(TensorAddress tensor, const TensorAddress& mask) const;
  /// Which of a call's inputs a mask among them is for.
  static std::size_t masked_input(const CallDescription& call, std::size_t mask);
  /// Whether the layers here give this mask, which an operation of the file computes, to what it masks.
  bool is_carried(const LayerDescription& layer, const CallDescription& call, std::size_t mask) const;
  /// Whether this is the operation on the tensor and a number.
  bool is_comparison(const TensorAddress& address, const TensorAddress& tensor, double number) const;
  std::vector<std::shared_ptr<Layer>> ordered(std::vector<std::shared_ptr<Layer>> layers) const;
  void make(const TensorAddress& address);
  /// The same within the making of the layer that gets the mask.
  void make_mask(const TensorAddress& address);
  void call(const Key& key);
  /// The same for a function of TensorFlow.
  void call_function(const Key& key);
  SymbolicTensor tensor(const TensorAddress& address) const;
  /// The same, for whom numbers that came of shapes are made a tensor too.
  SymbolicTensor tensor_for(const TensorAddress& address, std::size_t reader);

  const GraphDescription& graph_;
  const GraphCalls calls_;
  std::vector<std::shared_ptr<Layer>> layers_;
  Dialect dialect_;
  std::map<Key, SymbolicTensors> made_;
  FunctionGraph functions_;
  std::map<Key, std::vector<ShapeValue>> values_;  ///< calls that give numbers
  std::map<const Layer*, std::size_t> parts_;      ///< layers that stand for one of the graph
  bool masks_in_graph_ = false;
  /// Before Keras 3.4 a call whose input carried a mask was recorded without it.
  bool masks_outside_graph_ = false;
  bool named_first_ = false;  ///< a first argument given by name, with others beside it
  int masks_within_ = 0;
};

}  // namespace rhyton
