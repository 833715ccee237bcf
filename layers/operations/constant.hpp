#pragma once
/// @file constant.hpp  Numbers and arrays that stand among an operation's tensors.
#include "layers/operations/operation_layer.hpp"

namespace rhyton::detail {

/// A number, boolean, nested list, or Keras's {"class_name": "__numpy__" | "__tensor__"}; as float64, or
/// int64 and boolean where they are such. Throws ValueError on anything else.
Tensor constant_tensor(const Json& json);

/// The same the other way, as Keras's `__tensor__`.
Json constant_json(const Tensor& value);

}  // namespace rhyton::detail
