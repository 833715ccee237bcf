#pragma once
/// @file model_config.hpp  A model's serialized object as files and `to_json` hold it.
#include "nn/models/graph_layer.hpp"

namespace rhyton {

/// {"module", "class_name", "config", "registered_name", ...} in Keras 3's form, without the arguments that
/// young versions of Keras added and that are at their defaults: older ones refuse arguments that they do not
/// know. `share`: mark layers that are in several places as one object, as `.keras` files do.
Json model_object(const GraphLayer& model, bool share);

}  // namespace rhyton
