#pragma once
/// @file layer_config.hpp  Layers as arguments of other layers: read from the objects that Keras writes, by
/// the registry.
#include "nn/layer.hpp"

namespace rhyton {

/// null: no layer.
void from_config(const Json& json, LayerRef& value);
void to_config(Json& json, const LayerRef& value);

/// A new layer from another's configuration, with changes to it: no weights are shared. Throws ValueError if
/// the class is not registered.
LayerRef clone_layer(const Layer& layer, const std::vector<std::pair<std::string, Json>>& changes);

}  // namespace rhyton
