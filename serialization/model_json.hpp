#pragma once
/// @file model_json.hpp  Models from JSON: Keras 3's and Keras 2's forms.
#include <memory>

#include "nn/load_scope.hpp"
#include "nn/models/graph_layer.hpp"
#include "serialization/load_report.hpp"
#include "serialization/partial_model.hpp"

namespace rhyton {

/// Makes the model that a serialized object {"class_name": "Sequential", "config": ...} describes; weights as
/// their initializers leave them. Call within a LoadScope of the same dialect. Returns null after adding
/// everything that stands in the way to the report: all unknown classes and arguments, not only the first.
/// `partial` then gets what could be made, if anything, so that its weights can be judged too.
std::shared_ptr<GraphLayer> graph_from_json(const Json& model, Dialect dialect, LoadReport& report,
                                            PartialModel* partial = nullptr);

}  // namespace rhyton
