#pragma once
/// @file l2_normalize.hpp  Vectors of length one.
#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// y = x / sqrt(max(sum x^2, least)) along `axis`. y may be x. float32 or float64.
void l2_normalize(ConstView x, int axis, double least, View y);
/// dx from x and dy: (dy - u (u . dy)) / |x| with u = x / |x|. dx may be dy.
void l2_normalize_backward(ConstView x, int axis, double least, ConstView dy, View dx);

}  // namespace rhyton
