#pragma once
/// @file operation_json.hpp  Operations on tensors in a functional model's configuration ("x * 2 + y").
#include "layers/operations/operation_layer.hpp"
#include "serialization/graph_json.hpp"

namespace rhyton {

/// Keras 3's name of an operation: "Multiply" for Keras 2's "math.multiply".
std::string operation_name(const LayerDescription& operation);
bool knows_operation(const LayerDescription& operation);

/// The operation in Keras 3's terms; Keras 2's argument names are TensorFlow's.
OperationCall operation_call(const LayerDescription& operation, const CallDescription& call);

}  // namespace rhyton
