#pragma once
/// @file operation_json.hpp  Operations on tensors in a functional model's configuration ("x * 2 + y").
#include <functional>
#include <nlohmann/json.hpp>

#include "layers/operations/operation_layer.hpp"
#include "serialization/graph_json.hpp"

namespace rhyton {

/// Whether this is a call of TensorFlow in a graph of Keras 2.
bool is_keras2_function(const LayerDescription& operation);
/// TensorFlow's name of it: "math.multiply".
std::string keras2_function_name(const LayerDescription& operation);
/// Keras 3's name of an operation: "Multiply" for Keras 2's "math.multiply".
std::string operation_name(const LayerDescription& operation);
bool knows_operation(const LayerDescription& operation);

/// The operation in Keras 3's terms; Keras 2's argument names are TensorFlow's.
OperationCall operation_call(const LayerDescription& operation, const CallDescription& call);

/// The module of Keras 3 that has this class of operations.
std::string keras3_module(const std::string& class_name);
/// A list of numbers as Keras 3 writes an array; anything else as it is.
Json keras3_array(const Json& value);
/// Whether an argument of a function of TensorFlow changes nothing, or is about devices and names.
bool is_idle_argument(const std::string& key, const Json& value);

/// Whether a layer's object of Keras 3 is an operation.
bool is_operation_object(const Json& layer);
/// Such an object, with its calls, as Keras 2 has it; `triple` writes a tensor's address. What Keras 2 cannot
/// say goes to `problems`.
Json operation_to_keras2(const Json& layer, const std::function<Json(const Json& tensor)>& triple,
                         std::vector<std::string>& problems);

}  // namespace rhyton
