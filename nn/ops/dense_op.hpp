#pragma once
/// @file dense_op.hpp  y = f(x W + b) along the last axis as a step.
#include "nn/ops/activated.hpp"
#include "nn/traits.hpp"

namespace rhyton::ops {

/// The matrices of a product whose tensors have other shapes: x (rows, inputs), kernel (inputs, units).
struct DenseSizes {
  Dim rows = 0, inputs = 0, units = 0;
};

void prepare_dense(Prepare& p, int kernel, const ActivationFn& f, int bias, const DenseSizes& sizes);
void prepare_dense(Prepare& p, int kernel, const ActivationFn& f, int bias);
void call_dense(Call& c, int kernel, const ActivationFn& f, int bias);
void backward_dense(Backward& b, int kernel, const ActivationFn& f, int bias);
/// 2 x multiplications.
double dense_flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs);

}  // namespace rhyton::ops
