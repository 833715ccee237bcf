#pragma once
/// @file functional_builder.hpp  Calls layers on one another as a functional model's configuration says.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nn/models/graph_layer.hpp"
#include "serialization/graph_json.hpp"
#include "serialization/load_report.hpp"

namespace rhyton {

/// Whether this is an operation on tensors ("x * 2") rather than a layer.
bool is_operation(const LayerDescription& layer);

class FunctionalBuilder {
 public:
  /// `layers` go with those of `graph`; null for operations.
  FunctionalBuilder(const GraphDescription& graph, std::vector<std::shared_ptr<Layer>> layers,
                    Dialect dialect, LoadReport& report);
  /// Null after adding to the report.
  std::shared_ptr<GraphLayer> build(bool trainable);

 private:
  using Key = std::pair<std::size_t, int>;  ///< layer and call

  Key key_of(const TensorAddress& address) const;
  const CallDescription* call_of(const Key& key) const;
  /// Whether an input is a mask that an operation computes: the layers themselves pass masks on here.
  bool is_automatic_mask(const CallDescription& call, std::size_t input) const;
  std::vector<std::shared_ptr<Layer>> ordered(std::vector<std::shared_ptr<Layer>> layers) const;
  void report_unknown_operations();
  void make(const TensorAddress& address);
  /// The same within the making of the layer that gets the mask.
  void make_mask(const TensorAddress& address);
  void call(const Key& key);
  SymbolicTensor tensor(const TensorAddress& address) const;

  const GraphDescription& graph_;
  std::vector<std::shared_ptr<Layer>> layers_;
  Dialect dialect_;
  LoadReport& report_;
  std::map<std::string, std::size_t> index_;
  std::map<Key, SymbolicTensors> made_;
  bool masks_in_graph_ = false;
  int masks_within_ = 0;
};

}  // namespace rhyton
