#pragma once
/// @file shape_op.hpp  What layers that only rearrange share.
#include "nn/layer.hpp"

namespace rhyton::ops {

/// Both directions of a transposition as a step.
void call_transpose(Call& c, const Shape& permutation);
void backward_transpose(Backward& b, const Shape& permutation);
/// The shape with its axes permuted.
Shape permuted(const Shape& shape, const Shape& permutation);
/// The permutation that undoes another.
Shape inverse(const Shape& permutation);

}  // namespace rhyton::ops
