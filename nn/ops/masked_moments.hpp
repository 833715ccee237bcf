#pragma once
/// @file masked_moments.hpp  Moments of a batch in which a mask leaves samples out, and the normalization's
/// gradient then.
#include "nn/tensor/tensor.hpp"

namespace rhyton::ops {

/// x is (outer, channels, inner). The mask (boolean) covers the first axes of x: each entry stands for a run
/// of x.size() / mask.size() elements. Returns the number of elements a channel counts; like Keras, sums are
/// divided by that plus 1e-7.
double masked_moments(ConstView x, ConstView mask, Dim outer, Dim channels, Dim inner, View mean,
                      View variance);

/// Gradient of y = gamma (x - mean) / sqrt(variance + epsilon) + beta with moments from `masked_moments`. dx
/// is assigned, dgamma and dbeta are added to; each may be absent.
void masked_norm_gradient(ConstView x, ConstView mask, Dim outer, Dim channels, Dim inner, double epsilon,
                          ConstView gamma, ConstView mean, ConstView variance, ConstView dy, View dx,
                          View dgamma, View dbeta);

/// moving = momentum moving + (1 - momentum) scale value.
void follow(View moving, ConstView value, double momentum, double scale);

}  // namespace rhyton::ops
