#pragma once
/// @file elementwise.hpp  Sums of whole tensors.
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// to += from; same size, both float32 or both float64.
void add_into(ConstView from, View to);
/// view *= factor; float32 or float64.
void scale_by(View view, double factor);

}  // namespace rhyton
