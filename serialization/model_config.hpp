#pragma once
/// @file model_config.hpp  A model's serialized object as files and `to_json` hold it.
#include <memory>
#include <string>
#include <vector>

#include "nn/models/graph_layer.hpp"
#include "serialization/file_dialect.hpp"

namespace rhyton {

/// {"module", "class_name", "config", "registered_name", ...} in Keras 3's form, without the arguments that
/// young versions of Keras added and that are at their defaults: older ones refuse arguments that they do not
/// know. `share`: mark layers that are in several places as one object, as `.keras` files do.
/// For Keras 2, and for both, throws NotSupported that lists what the model has and it does not.
Json model_object(const GraphLayer& model, bool share, FileDialect dialect = FileDialect::keras3);

/// The model with its layers in the order in which the dialect's Keras finds them, by which weights go:
/// itself or, where it came from a file of a Keras that counts otherwise, a model of the same layers.
std::shared_ptr<const GraphLayer> graph_for(const GraphLayer& model, FileDialect dialect);

/// Throws NotSupported that lists the problems, if there are any.
void refuse_to_write(const std::string& name, FileDialect dialect, const std::vector<std::string>& problems);

/// Takes arguments that came after Keras 3.0 out of an object where they have their defaults, and writes what
/// has been renamed since so that all versions find it.
void leave_out_young(Json& json);

}  // namespace rhyton
