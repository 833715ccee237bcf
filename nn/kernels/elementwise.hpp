#pragma once
/// @file elementwise.hpp  Sums of whole tensors, and of a small one repeated over a large one.
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// to += from; same size, both float32 or both float64.
void add_into(ConstView from, View to);

/// y += b, where b's axes are y's last ones, or 1 where b repeats.
void add_broadcast(ConstView b, View y);
/// b += y summed over the axes along which b would repeat: the gradient of `add_broadcast`.
void sum_broadcast(ConstView y, View b);
/// view *= factor; float32 or float64.
void scale_by(View view, double factor);

}  // namespace rhyton
