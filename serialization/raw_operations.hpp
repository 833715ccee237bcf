#pragma once
/// @file raw_operations.hpp  "TensorFlowOpLayer": what TensorFlow 2.0 to 2.3 wrote for functions on Keras's
/// tensors, a node of TensorFlow's own graph.
#include "serialization/graph_json.hpp"

namespace rhyton {

/// Makes such a layer the call of a function (TFOpLambda) that does the same. Nodes that are not known here
/// get a function's name that says so.
void read_raw_operation(LayerDescription& layer);

}  // namespace rhyton
