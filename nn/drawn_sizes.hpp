#pragma once
/// @file drawn_sizes.hpp  Layers whose output's sizes are drawn anew for every step of training.

namespace rhyton {

/// Beside Layer, the base of a layer that draws sizes when it expands in training: a Run with such a layer
/// serves one step.
class DrawnSizes {};

}  // namespace rhyton
