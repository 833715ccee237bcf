#pragma once
/// @file partial_model.hpp  What can be made of a model of which parts are unknown, so that one error tells
/// of these and of the weights of all others.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/models/graph_layer.hpp"
#include "serialization/graph_json.hpp"
#include "serialization/load_report.hpp"

namespace rhyton {

struct PartialModel;

/// A layer of a file, made or not. Only weights' shapes may be read from it; it is never handed out.
struct PartialLayer {
  std::string name, class_name;
  std::shared_ptr<Layer> layer = nullptr;         ///< null if it could not be made
  std::shared_ptr<PartialModel> model = nullptr;  ///< of a nested model that could not be made whole
  /// Made of all that its configuration says; otherwise what it makes of its inputs may be something else.
  bool sure = true;

  bool whole() const { return layer != nullptr && sure; }
  /// Whether its weights are known.
  bool judged() const { return layer != nullptr && layer->built(); }
};

struct PartialModel {
  std::vector<PartialLayer> layers;  ///< without operations, in the order in which files keep weights
  std::vector<TensorSpec> outputs;   ///< empty if they are not known
};

/// The model as it is.
PartialModel partial_model(const GraphLayer& model);

/// Builds the layers of a functional model whose inputs are known: by the layers before them or, behind one
/// that is not known, by what the file states. `layers` go with those of `graph`; operations are empty. What
/// does not fit although everything before it is known goes to the report.
std::shared_ptr<PartialModel> infer_functional(const GraphDescription& graph,
                                               std::vector<PartialLayer> layers, Dialect dialect,
                                               LoadReport& report);

/// The same for a Sequential, whose list of layers is `list`. `input`: unless an InputLayer comes first.
std::shared_ptr<PartialModel> infer_sequential(const Json& list, std::vector<PartialLayer> layers,
                                               const std::optional<TensorSpec>& input, LoadReport& report);

}  // namespace rhyton
