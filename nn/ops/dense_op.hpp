#pragma once
/// @file dense_op.hpp  y = f(x W + b) along the last axis as a step.
#include "nn/ops/activated.hpp"
#include "nn/traits.hpp"

namespace rhyton::ops {

void prepare_dense(Prepare& p, int kernel, const ActivationFn& f, int bias);
void call_dense(Call& c, int kernel, const ActivationFn& f, int bias);
void backward_dense(Backward& b, int kernel, const ActivationFn& f, int bias);

}  // namespace rhyton::ops
