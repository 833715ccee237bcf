#pragma once
/// @file box.hpp  Cropping, padding and slices: copies of boxes. Each is the other's gradient.
#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// y[i] = x[i + offset] where that is inside x, `value` elsewhere; offset has one entry a dimension and may
/// be negative. With offset > 0 and a smaller y it crops, with offset < 0 and a larger y it pads; `box_copy`
/// with the negated offset and 0 is its gradient. Any dtype, any rank; rows are moved with memcpy.
void box_copy(ConstView x, const Shape& offset, double value, View y);

/// y = x with its axes permuted: y's axis i is x's axis `permutation[i]`. Any dtype.
void transpose(ConstView x, const Shape& permutation, View y);

}  // namespace rhyton
