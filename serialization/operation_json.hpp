#pragma once
/// @file operation_json.hpp  Operations on tensors in a functional model ("x * 2 + y") as layers that do the
/// same.
#include <memory>
#include <string>

#include "nn/layer.hpp"
#include "serialization/graph_json.hpp"

namespace rhyton {

/// Keras 3's name of an operation: "Multiply" for Keras 2's "math.multiply".
std::string operation_name(const LayerDescription& operation);
/// False if no layer does the same, whatever it is called with.
bool knows_operation(const LayerDescription& operation);

/// Throws NotSupported that names the operation where no layer does the same.
std::shared_ptr<Layer> layer_for_operation(const LayerDescription& operation, const CallDescription& call,
                                           const SymbolicTensors& inputs);

}  // namespace rhyton
