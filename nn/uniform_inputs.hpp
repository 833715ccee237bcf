#pragma once
/// @file uniform_inputs.hpp  Layers whose inputs all come in the output's dtype.

namespace rhyton {

/// Beside Layer, the base of layers that join numbers of several types into one: a plan casts every input to
/// the dtype of the output first, and leaves whole numbers whole where the output is.
class UniformInputs {};

}  // namespace rhyton
