#pragma once
/// @file operation_rewrites.hpp  Operations that TensorFlow has and Keras 3 has not, in terms of those it
/// has.
#include <string>
#include <vector>

#include "nn/config.hpp"

namespace rhyton {

/// Rewrites operations of a functional model's object, and of models in it, that Keras 3 could not read:
/// squared differences, sums of lists, products of transposed matrices, sums from behind, ... What cannot be
/// said goes to `problems`.
void rewrite_operations_for_keras3(Json& model, std::vector<std::string>& problems);

}  // namespace rhyton
