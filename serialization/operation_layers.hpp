#pragma once
/// @file operation_layers.hpp  Layers that do what operations on tensors do ("x + y", "x * 2").
#include "nn/config.hpp"

namespace rhyton {

/// A layer's object of Keras 3, with its call, that computes the same as this operation's; null if there is
/// none. Layers pass masks on, which operations do not: not for graphs with masks.
Json layer_for_operation(const Json& operation);

}  // namespace rhyton
