#pragma once
/// @file broadcast.hpp  Arithmetic between tensors whose shapes are broadcast, and the sums that undo it.
#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// In all functions below the shapes have one rank, and an operand's dimension is the result's or 1. All are
/// of one type, a real one; the functions without gradients also take others (whole numbers wrap around).
enum class BinaryOp { add, subtract, multiply };

/// y = a op b. y may be a or b where the shapes are the same.
void broadcast_binary(BinaryOp op, ConstView a, ConstView b, View y);
/// y = scale * x. y may be x where the shapes are the same.
void broadcast_copy(ConstView x, View y, double scale = 1.0);
/// x = scale * (the sum of y over the dimensions in which x has size 1).
void reduce_sum(ConstView y, View x, double scale = 1.0);
/// x = the same sum of y * b, where b is broadcast to y.
void reduce_product(ConstView y, ConstView b, View x);

/// One input of an element-wise maximum or minimum, joined to what came before: `y` and, in `selected`
/// (uint8), the number of the input that each element is from. `index` is x's number; 0 begins. Ties go to
/// the earlier input. Masks say which elements count: `mask` those of x, `valid` those of y so far; both may
/// be absent (all).
void join_extreme(bool maximum, std::uint8_t index, ConstView x, ConstView mask, ConstView valid, View y,
                  View selected);
/// x = the sum, over broadcast dimensions, of y where `selected` is `index`.
void reduce_selected(ConstView y, ConstView selected, std::uint8_t index, View x);

/// PReLU: y = x where x > 0, alpha x elsewhere; alpha is broadcast. y may be x.
void prelu_forward(ConstView x, ConstView alpha, View y);
/// dx and dalpha may be absent; dx may be dy.
void prelu_backward(ConstView x, ConstView alpha, ConstView dy, View dx, GradTarget dalpha);

/// y = x where the mask (boolean, broadcast) is true, `value` elsewhere. y may be x.
void where_mask(ConstView mask, ConstView x, double value, View y);

/// to = to or mask (booleans), the mask broadcast.
void or_into(ConstView mask, View to);

}  // namespace rhyton
