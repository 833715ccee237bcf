#pragma once
/// @file whole_outputs.hpp  Layers that give whole numbers for whole numbers.

namespace rhyton {

/// Beside Layer, the base of layers that compute in real numbers and whose result Keras casts back to the
/// dtype of the input: a plan rounds it towards 0 where the input is whole, and no gradient passes.
class WholeOutputs {};

}  // namespace rhyton
