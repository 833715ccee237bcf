#pragma once
/// @file simd.hpp  Sixteen numbers at once, by the compilers' vector extensions: one zmm register, or two or
/// four narrower ones. Only for the .cpp files of kernels.
#include <cstdint>
#include <cstring>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define RHYTON_INLINE inline __attribute__((always_inline))

namespace rhyton::simd {

inline constexpr int lanes = 16;
/// How many rows of V vectors of sums fit the registers: 32 of sixteen numbers, or 16 of eight.
#ifdef __AVX512F__
inline constexpr int rows_in_registers[] = {0, 14, 12, 8, 6};
#else
inline constexpr int rows_in_registers[] = {0, 6, 3, 2, 1};
#endif

using F16 = float __attribute__((vector_size(64)));
using F8 = float __attribute__((vector_size(32)));
using F4 = float __attribute__((vector_size(16)));
using I16 = std::int32_t __attribute__((vector_size(64)));
using B16 = std::uint8_t __attribute__((vector_size(16)));

RHYTON_INLINE F16 load(const float* p) {
  F16 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
RHYTON_INLINE void store(float* p, F16 v) { std::memcpy(p, &v, sizeof v); }
RHYTON_INLINE F16 splat(float v) { return F16{v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}; }

/// The first n < 16 elements; the others are zero.
RHYTON_INLINE F16 load_part(const float* p, std::int64_t n) {
#ifdef __AVX512F__
  return (F16)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
#else
  F16 v{};
  std::memcpy(&v, p, static_cast<std::size_t>(n) * sizeof(float));
  return v;
#endif
}
RHYTON_INLINE void store_part(float* p, F16 v, std::int64_t n) {
#ifdef __AVX512F__
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), (__m512)v);
#else
  std::memcpy(p, &v, static_cast<std::size_t>(n) * sizeof(float));
#endif
}

RHYTON_INLINE I16 load_bytes(const std::uint8_t* p) {
  B16 v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, I16);
}
RHYTON_INLINE void store_bytes(std::uint8_t* p, I16 v) {
  const B16 bytes = __builtin_convertvector(v, B16);
  std::memcpy(p, &bytes, sizeof bytes);
}

/// The first n <= 16 bytes; the others are zero.
RHYTON_INLINE I16 load_bytes_part(const std::uint8_t* p, std::int64_t n) {
  if (n == lanes) return load_bytes(p);
  B16 v{};
  std::memcpy(&v, p, static_cast<std::size_t>(n));
  return __builtin_convertvector(v, I16);
}
RHYTON_INLINE void store_bytes_part(std::uint8_t* p, I16 v, std::int64_t n) {
  const B16 bytes = __builtin_convertvector(v, B16);
  std::memcpy(p, &bytes, n == lanes ? sizeof bytes : static_cast<std::size_t>(n));
}

}  // namespace rhyton::simd
