#pragma once
/// @file simd_math.hpp  Functions of vector_math.hpp on sixteen numbers at once. Only for the .cpp files
/// of kernels.
#include <bit>

#include "nn/kernels/simd.hpp"

namespace rhyton::simd {

RHYTON_INLINE F16 clamp(F16 x, float low, float high) {
#ifdef __AVX512F__
  // Zeroing forms with a full mask: g++ 12 warns about the plain ones.
  const __m512 cut = _mm512_maskz_min_ps(0xffff, (__m512)splat(high), (__m512)x);
  return (F16)_mm512_maskz_max_ps(0xffff, (__m512)splat(low), cut);
#endif
  x = x > high ? splat(high) : x;  // this order keeps NaN
  return x < low ? splat(low) : x;
}

/// x = n ln 2 + r with |r| <= ln 2 / 2, for x from -87 to 89; 2^n and exp(r) - 1 of it (see vector_math.hpp).
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

/// 1 + exp(-x); infinity where that is beyond a float's reach.
RHYTON_INLINE F16 one_plus_exp_minus(F16 x) {
  const Exponential e = exponential(clamp(-x, -87.0f, 89.0f));
  return (e.rest + 1.0f) * e.power + 1.0f;
}

RHYTON_INLINE F16 sigmoid(F16 x) { return 1.0f / one_plus_exp_minus(x); }

RHYTON_INLINE F16 tanh(F16 x) {
  const Exponential e = exponential(2.0f * clamp(x, -10.0f, 10.0f));
  const F16 expm1 = e.rest * e.power + (e.power - 1.0f);
  return expm1 / (expm1 + 2.0f);
}

RHYTON_INLINE F16 erf(F16 x) {
  const F16 c = clamp(x, -3.92f, 3.92f), z = c * c;
  F16 p = 2.0259206e-6f * z + 2.8468814e-4f;
  p = p * z + 3.8081465e-3f;
  p = p * z + 5.2875403e-2f;
  p = p * z + 1.9154984e-1f;
  p = p * z + 1.1283791f;
  F16 q = 3.7831953e-5f * z + 1.1707236e-3f;
  q = q * z + 1.5055059e-2f;
  q = q * z + 1.1455945e-1f;
  q = q * z + 5.0308931e-1f;
  q = q * z + 1.0f;
  return clamp(c * (p / q), -1.0f, 1.0f);
}

}  // namespace rhyton::simd
