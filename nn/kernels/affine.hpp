#pragma once
/// @file affine.hpp  y = scale x + shift by channel, with constants.
#include <span>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// x is seen as (outer, channels, inner); `scale` and `shift` have one number, or one a channel. y may be x.
/// float32 or float64.
void affine(ConstView x, std::span<const double> scale, std::span<const double> shift, Dim channels,
            Dim inner, View y);

}  // namespace rhyton
