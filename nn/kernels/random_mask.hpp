#pragma once
/// @file random_mask.hpp  Random choices of elements, for dropout.
#include "nn/rng.hpp"

namespace rhyton {

/// keep[i] is true with probability 1 - rate; booleans.
void draw_keep(Rng& rng, double rate, View keep);
/// y = scale x + shift where `keep` (broadcast to x) is true, `value` elsewhere. y may be x. float32 or
/// float64.
void keep_or(ConstView keep, ConstView x, double scale, double shift, double value, View y);

}  // namespace rhyton
