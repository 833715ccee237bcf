#pragma once
/// @file operation_json.hpp  Operations on tensors in a functional model ("x * 2 + y") as layers that do the
/// same.
#include <memory>

#include "nn/layer.hpp"
#include "serialization/graph_json.hpp"

namespace rhyton {

/// Throws NotSupported that names the operation where no layer does the same.
std::shared_ptr<Layer> layer_for_operation(const LayerDescription& operation, const CallDescription& call,
                                           const SymbolicTensors& inputs);

}  // namespace rhyton
