#pragma once
/// @file vector_math.hpp  Elementary functions without branches or calls, so that the compiler vectorizes
/// loops over them. float: errors of a few ulp; double: the standard library's functions.
#include <bit>
#include <cmath>
#include <cstdint>

namespace rhyton::vector_math {

/// x = n ln 2 + r with |r| <= ln 2 / 2. x must lie in about [-150, 150].
struct Reduced {
  float r;
  std::int32_t n;
};

inline Reduced reduce(float x) {
  constexpr float round_bias = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr float log2e = 1.44269504088896341f;
  constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  const float shifted = x * log2e + round_bias;
  const float n = shifted - round_bias;
  return {(x - n * ln2_high) - n * ln2_low,
          std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(round_bias)};
}

inline float power_of_two(std::int32_t n) { return std::bit_cast<float>((n + 127) << 23); }

/// expm1 on |r| <= ln 2 / 2: r + r^2 q(r), q a minimax fit (relative error 3e-10 before rounding).
inline float expm1_reduced(float r) {
  float q = 1.9915031e-4f;
  q = q * r + 1.3942060e-3f;
  q = q * r + 8.3332714e-3f;
  q = q * r + 4.1666340e-2f;
  q = q * r + 1.6666667e-1f;
  q = q * r + 0.5f;
  return q * (r * r) + r;
}

inline float clamp(float x, float low, float high) {
  x = x > high ? high : x;  // this order keeps NaN
  return x < low ? low : x;
}

inline float exp(float x) {
  x = clamp(x, -104.0f, 89.0f);
  const auto [r, n] = reduce(x);
  const std::int32_t half = n >> 1;  // in two steps: 2^128 is not a float, and results may be denormal
  return (expm1_reduced(r) + 1.0f) * power_of_two(half) * power_of_two(n - half);
}
inline double exp(double x) { return std::exp(x); }

inline float expm1(float x) {
  const float c = clamp(x, -30.0f, 89.0f);
  const auto [r, n] = reduce(c);
  const std::int32_t half = n >> 1;
  const float low = power_of_two(half), high = power_of_two(n - half);
  const float p = expm1_reduced(r);
  return (p * low + (low - power_of_two(half - n))) * high;
}
inline double expm1(double x) { return std::expm1(x); }

inline float tanh(float x) {
  const float e = expm1(2.0f * clamp(x, -10.0f, 10.0f));
  return e / (e + 2.0f);
}
inline double tanh(double x) { return std::tanh(x); }

inline float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }
inline double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

/// log(1 + u) for u in [0, 1]: 2 atanh(s), s = u / (2 + u), by a minimax fit in s^2.
inline float log1p_unit(float u) {
  const float s = u / (2.0f + u), z = s * s;
  float q = 0.24420585f;
  q = q * z + 0.21391369f;
  q = q * z + 0.28620884f;
  q = q * z + 0.39998686f;
  q = q * z + 0.66666681f;
  q = q * z + 2.0f;
  return q * s;
}
inline double log1p_unit(double u) { return std::log1p(u); }

/// Rational minimax fit of erf(x) / x in x^2 (relative error 2e-8 before rounding); 1 beyond 3.92.
inline float erf(float x) {
  const float c = clamp(x, -3.92f, 3.92f), z = c * c;
  float p = 2.0259206e-6f;
  p = p * z + 2.8468814e-4f;
  p = p * z + 3.8081465e-3f;
  p = p * z + 5.2875403e-2f;
  p = p * z + 1.9154984e-1f;
  p = p * z + 1.1283791f;
  float q = 3.7831953e-5f;
  q = q * z + 1.1707236e-3f;
  q = q * z + 1.5055059e-2f;
  q = q * z + 1.1455945e-1f;
  q = q * z + 5.0308931e-1f;
  q = q * z + 1.0f;
  return clamp(c * (p / q), -1.0f, 1.0f);
}
inline double erf(double x) { return std::erf(x); }

inline float sqrt(float x) { return std::sqrt(x); }
inline double sqrt(double x) { return std::sqrt(x); }

}  // namespace rhyton::vector_math
