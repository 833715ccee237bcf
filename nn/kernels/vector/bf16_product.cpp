#include "nn/kernels/vector/bf16_product.hpp"

#include <bit>

#include "nn/kernels/panel_product.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rhyton::vector::bf16 {

namespace {

/// To the nearest, ties to even.
std::uint32_t rounded(float v) {
  const auto bits = std::bit_cast<std::uint32_t>(v);
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >> 16) | 0x40;  // NaN
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

}  // namespace

void pack(const float* w, Dim k, Dim n, Pair* panels) {
  const Dim rows = pairs(k);
  for (Dim j = 0; j < n; ++j)
    for (Dim p = 0; p < rows; ++p) {
      const std::uint32_t low = rounded(w[2 * p * n + j]);
      const std::uint32_t high = 2 * p + 1 < k ? rounded(w[(2 * p + 1) * n + j]) : 0;
      panels[Panels::offset(rows, j) + p * Panels::row(n, j)] = high << 16 | low;
    }
}

#if defined(__x86_64__)

#define RHYTON_BF16 __attribute__((target("avx512f,avx512bf16")))

bool available() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
  return has;
}

RHYTON_BF16 void convert(const float* x, Dim k, Pair* row) {
  Dim i = 0;
  for (; i + 16 <= k; i += 16) {
    const auto half = (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(x + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + i / 2), half);
  }
  for (; i < k; i += 2) row[i / 2] = (i + 1 < k ? rounded(x[i + 1]) << 16 : 0) | rounded(x[i]);
}

namespace {

constexpr Dim most_rows = 6;

/// All sums of R rows and V vectors stay in registers.
template <int R, int V>
RHYTON_BF16 void block(Dim pairs, const Pair* a, const Pair* b, float* c, Dim c_row) {
  __m512 sum[R][V];
#pragma GCC unroll 6
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[i][v] = _mm512_setzero_ps();
  for (Dim p = 0; p < pairs; ++p, b += 16 * V) {
    __m512bh right[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) right[v] = (__m512bh)_mm512_loadu_si512(b + 16 * v);
#pragma GCC unroll 6
    for (int i = 0; i < R; ++i) {
      const auto left = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[i * pairs + p]));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], left, right[v]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) _mm512_storeu_ps(c + i * c_row + 16 * v, sum[i][v]);
}

using Block = void (*)(Dim, const Pair*, const Pair*, float*, Dim);
template <int V>
constexpr Block blocks[] = {nullptr,     block<1, V>, block<2, V>, block<3, V>,
                            block<4, V>, block<5, V>, block<6, V>};

}  // namespace

void strip_product(Dim m, Dim n, Dim pairs, const Pair* a, const Pair* b, float* c, Dim c_row) {
  static constexpr const Block* tables[] = {nullptr, blocks<1>, blocks<2>, blocks<3>, blocks<4>};
  const Block* table = tables[n / 16];
  const Dim parts = (m + most_rows - 1) / most_rows;
  for (Dim p = 0; p < parts; ++p) {  // rows shared out evenly
    const Dim first = m * p / parts, rows = m * (p + 1) / parts - first;
    table[rows](pairs, a + first * pairs, b, c + first * c_row, c_row);
  }
}

#else

bool available() { return false; }
void convert(const float* x, Dim k, Pair* row) {
  for (Dim i = 0; i < k; i += 2) row[i / 2] = (i + 1 < k ? rounded(x[i + 1]) << 16 : 0) | rounded(x[i]);
}
void strip_product(Dim, Dim, Dim, const Pair*, const Pair*, float*, Dim) {}

#endif

}  // namespace rhyton::vector::bf16
