#pragma once
/// @file attention_rows.hpp  What attention does to rows of scores, forward and backward. Only for
/// attention.cpp.
#include <algorithm>

#include "nn/kernels/attention.hpp"
#include "nn/kernels/simd_math.hpp"
#include "nn/kernels/small_product.hpp"
#include "nn/kernels/vector_math.hpp"

namespace rhyton::attention {

namespace vm = vector_math;
using simd::Strided;

inline constexpr double far_below = 1e9;  // Keras's masked scores

/// x (rows, columns), rows `stride` apart, as (columns, rows).
template <class T>
RHYTON_INLINE void transposed(const T* x, Dim stride, Dim rows, Dim columns, T* y) {
  constexpr Dim tile = 16;
  for (Dim first = 0; first < rows; first += tile) {
    const Dim last = std::min(rows, first + tile);
    for (Dim j = 0; j < columns; ++j)
      for (Dim i = first; i < last; ++i) y[j * rows + i] = x[i * stride + j];
  }
}

/// allowed[s] for one query; false if nothing forbids anything.
RHYTON_INLINE bool allowed_keys(const AttentionDesc& d, std::span<const AttentionMask> masks, Dim batch,
                                Dim head, Dim query, std::uint8_t* allowed) {
  if (masks.empty() && !d.causal && d.window == 0) return false;
  std::fill_n(allowed, d.keys, std::uint8_t{1});
  for (const AttentionMask& m : masks) {
    const bool* row = m.data + batch / m.per_batch * m.batch + head * m.head + query * m.query;
    if (m.key == 1)
      for (Dim s = 0; s < d.keys; ++s) allowed[s] = static_cast<std::uint8_t>(allowed[s] & row[s]);
    else
      for (Dim s = 0; s < d.keys; ++s) allowed[s] = static_cast<std::uint8_t>(allowed[s] & row[s * m.key]);
  }
  if (d.causal)
    for (Dim s = query + 1; s < d.keys; ++s) allowed[s] = 0;
  if (d.window > 0)
    for (Dim s = 0; s < d.keys; ++s)
      if (std::abs(query - s) >= d.window) allowed[s] = 0;
  return true;
}

/// x = exp((x - max(x)) scale) / the sum of that, for n numbers.
template <class T>
RHYTON_INLINE void softmax_in_place(T* x, Dim n, T scale) {
  T top = x[0];
  for (Dim s = 0; s < n; ++s) top = x[s] > top ? x[s] : top;
  for (Dim s = 0; s < n; ++s) x[s] = vm::exp((x[s] - top) * scale);
  const T share = T(1) / simd::sum_of<T>(
                             n, [](const auto& v) { return v; }, x);
  for (Dim s = 0; s < n; ++s) x[s] *= share;
}

RHYTON_INLINE void softmax_in_place(float* x, Dim n, float scale) {
  using namespace simd;
  const Dim whole = n / lanes * lanes, rest = n - whole;
  F16 tops = splat(x[0]);
  for (Dim s = 0; s < whole; s += lanes) {
    const F16 v = load(x + s);
    tops = v > tops ? v : tops;
  }
  float top[lanes];
  store(top, tops);
  for (Dim s = whole; s < n; ++s) top[0] = x[s] > top[0] ? x[s] : top[0];
  for (int i = 1; i < lanes; ++i) top[0] = top[i] > top[0] ? top[i] : top[0];
  const auto value = [&](F16 v) {
    const simd::Exponential e = simd::exponential(clamp((v - top[0]) * scale, -87.0f, 0.0f));
    return e.rest * e.power + e.power;
  };
  F16 sums{};
  for (Dim s = 0; s < whole; s += lanes) {
    const F16 e = value(load(x + s));
    sums += e;
    store(x + s, e);
  }
  float sum = simd::sum<float>(sums);
  if (rest > 0) {
    store_part(x + whole, value(load_part(x + whole, rest)), rest);
    for (Dim s = whole; s < n; ++s) sum += x[s];
  }
  const float share = 1.0f / sum;
  for (Dim s = 0; s < whole; s += lanes) store(x + s, load(x + s) * share);
  for (Dim s = whole; s < n; ++s) x[s] *= share;
}

/// Scores times `scale` in place of n scores, masked where `allowed` is given, then their softmax.
template <class T>
RHYTON_INLINE void softmax_row(T* x, Dim n, T scale, const std::uint8_t* allowed, MaskedScores masked) {
  bool any = true;
  if (allowed != nullptr) {
    any = false;
    const T far = static_cast<T>(far_below);
    for (Dim s = 0; s < n; ++s) {
      any = any || allowed[s];
      const T score = x[s] * scale;
      x[s] = allowed[s] ? score : masked == MaskedScores::subtract ? score - far : -far;
    }
    scale = T(1);
  }
  if (!any && masked == MaskedScores::zero) return static_cast<void>(std::fill_n(x, n, T(0)));
  softmax_in_place(x, n, scale);
}

}  // namespace rhyton::attention
