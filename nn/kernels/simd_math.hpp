#pragma once
/// @file simd_math.hpp  The functions of vector_math.hpp that gates need, on sixteen numbers at once. Only
/// for the .cpp files of kernels.
#include <bit>

#include "nn/kernels/simd.hpp"

namespace rhyton::simd {

RHYTON_INLINE F16 clamp(F16 x, float low, float high) {
  x = x > high ? splat(high) : x;  // this order keeps NaN
  return x < low ? splat(low) : x;
}

/// x = n ln 2 + r with |r| <= ln 2 / 2, for |x| <= 88; 2^n and exp(r) - 1 of it (see vector_math.hpp).
struct Exponential {
  F16 power, rest;
};
RHYTON_INLINE Exponential exponential(F16 x) {
  constexpr float round_bias = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const F16 shifted = x * 1.44269504088896341f + round_bias;
  const F16 n = shifted - round_bias;
  const F16 r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  F16 q = 1.9915031e-4f * r + 1.3942060e-3f;
  q = q * r + 8.3332714e-3f;
  q = q * r + 4.1666340e-2f;
  q = q * r + 1.6666667e-1f;
  q = q * r + 0.5f;
  const I16 bits = ((I16)shifted - std::bit_cast<std::int32_t>(round_bias) + 127) << 23;
  return {(F16)bits, q * (r * r) + r};
}

RHYTON_INLINE F16 sigmoid(F16 x) {
  const Exponential e = exponential(clamp(-x, -87.0f, 87.0f));
  return 1.0f / (1.0f + (e.rest * e.power + e.power));
}

RHYTON_INLINE F16 tanh(F16 x) {
  const Exponential e = exponential(2.0f * clamp(x, -10.0f, 10.0f));
  const F16 expm1 = e.rest * e.power + (e.power - 1.0f);
  return expm1 / (expm1 + 2.0f);
}

}  // namespace rhyton::simd
