#include "nn/kernels/vector/bf16_product.hpp"

#include <algorithm>
#include <bit>

#include "nn/kernels/cpu.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/vector/bf16_tiles.hpp"

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

#if defined(__x86_64__)

#define RHYTON_BF16 __attribute__((target("avx512f,avx512bf16")))

bool available_in_training() {
  static const bool has =
      cpu_level() == 4 && __builtin_cpu_supports("avx512bf16") && !__builtin_cpu_is("intel");
  return has;
}
bool available() {
  static const bool has = available_in_training() || tiles::available();
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

RHYTON_BF16 void pack(const float* b, Dim k, Dim n, Pair* panels) {
  const Dim rows = pairs(k);
  for (Dim j = 0; j < n; j += 16) {
    Pair* to = panels + Panels::offset(rows, j);
    const Dim step = Panels::row(n, j);
    for (Dim p = 0; p < rows; ++p) {
      const float* from = b + 2 * p * n + j;
      const __m512 low = _mm512_loadu_ps(from),
                   high = 2 * p + 1 < k ? _mm512_loadu_ps(from + n) : _mm512_setzero_ps();
      const __m512i first = _mm512_maskz_cvtepu16_epi32(0xffff, (__m256i)_mm512_cvtneps_pbh(low)),
                    second = _mm512_maskz_cvtepu16_epi32(0xffff, (__m256i)_mm512_cvtneps_pbh(high));
      _mm512_storeu_si512(to + p * step, _mm512_or_si512(first, _mm512_maskz_slli_epi32(0xffff, second, 16)));
    }
  }
}

namespace {

/// Rows become columns.
RHYTON_BF16 void transpose(__m512i (&r)[16]) {
  constexpr __mmask16 all = 0xffff;  // g++ 12 warns about the forms without a mask
  constexpr __mmask8 halves = 0xff;
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_maskz_unpacklo_epi32(all, r[i], r[i + 1]);
    t[i + 1] = _mm512_maskz_unpackhi_epi32(all, r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_maskz_unpacklo_epi64(halves, t[i], t[i + 2]);
    r[i + 1] = _mm512_maskz_unpackhi_epi64(halves, t[i], t[i + 2]);
    r[i + 2] = _mm512_maskz_unpacklo_epi64(halves, t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_maskz_unpackhi_epi64(halves, t[i + 1], t[i + 3]);
  }
  // Quarter q of r[i + c] holds column 4 q + c of rows i to i + 3.
  for (int c = 0; c < 4; ++c) {
    const __m512i even_low = _mm512_maskz_shuffle_i32x4(all, r[c], r[4 + c], 0x88),
                  even_high = _mm512_maskz_shuffle_i32x4(all, r[8 + c], r[12 + c], 0x88),
                  odd_low = _mm512_maskz_shuffle_i32x4(all, r[c], r[4 + c], 0xdd),
                  odd_high = _mm512_maskz_shuffle_i32x4(all, r[8 + c], r[12 + c], 0xdd);
    t[c] = _mm512_maskz_shuffle_i32x4(all, even_low, even_high, 0x88);
    t[4 + c] = _mm512_maskz_shuffle_i32x4(all, odd_low, odd_high, 0x88);
    t[8 + c] = _mm512_maskz_shuffle_i32x4(all, even_low, even_high, 0xdd);
    t[12 + c] = _mm512_maskz_shuffle_i32x4(all, odd_low, odd_high, 0xdd);
  }
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

/// The lowest n bits, none for n < 0.
__mmask16 first_lanes(Dim n) {
  return static_cast<__mmask16>(n >= 16 ? 0xffff : (1u << std::max<Dim>(n, 0)) - 1);
}

}  // namespace

RHYTON_BF16 void pack_transposed(const float* w, Dim k, Dim n, Pair* panels) {
  const Dim rows = pairs(k);
  for (Dim j = 0; j < n; j += 16) {
    Pair* to = panels + Panels::offset(rows, j);
    const Dim step = Panels::row(n, j);
    for (Dim p = 0; p < rows; p += 16) {
      const Dim at = 2 * p;
      const __mmask16 low = first_lanes(k - at), high = first_lanes(k - at - 16);
      __m512i block[16];
      for (Dim i = 0; i < 16; ++i) {
        const float* from = w + (j + i) * k + at;
        block[i] = (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, from + 16),
                                                _mm512_maskz_loadu_ps(low, from));
      }
      transpose(block);
      for (Dim i = 0; i < std::min<Dim>(16, rows - p); ++i)
        _mm512_storeu_si512(to + (p + i) * step, block[i]);
    }
  }
}

namespace {

constexpr Dim most_rows = 6;

/// All sums of R rows and V vectors stay in registers.
template <int R, int V, bool Add>
RHYTON_BF16 void block(Dim pairs, const Pair* a, Dim a_row, Dim a_column, const Pair* b, float* c,
                       Dim c_row) {
  __m512 sum[R][V];
#pragma GCC unroll 6
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[i][v] = _mm512_setzero_ps();
  for (Dim p = 0; p < pairs; ++p, a += a_column, b += 16 * V) {
    __m512bh right[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) right[v] = (__m512bh)_mm512_loadu_si512(b + 16 * v);
#pragma GCC unroll 6
    for (int i = 0; i < R; ++i) {
      const auto left = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[i * a_row]));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], left, right[v]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      float* target = c + i * c_row + 16 * v;
      _mm512_storeu_ps(target, Add ? _mm512_loadu_ps(target) + sum[i][v] : sum[i][v]);
    }
}

using Block = void (*)(Dim, const Pair*, Dim, Dim, const Pair*, float*, Dim);
template <bool Add>
Block block_for(Dim rows, Dim vectors) {
  static constexpr Block blocks[4][most_rows] = {{block<1, 1, Add>, block<2, 1, Add>, block<3, 1, Add>,
                                                  block<4, 1, Add>, block<5, 1, Add>, block<6, 1, Add>},
                                                 {block<1, 2, Add>, block<2, 2, Add>, block<3, 2, Add>,
                                                  block<4, 2, Add>, block<5, 2, Add>, block<6, 2, Add>},
                                                 {block<1, 3, Add>, block<2, 3, Add>, block<3, 3, Add>,
                                                  block<4, 3, Add>, block<5, 3, Add>, block<6, 3, Add>},
                                                 {block<1, 4, Add>, block<2, 4, Add>, block<3, 4, Add>,
                                                  block<4, 4, Add>, block<5, 4, Add>, block<6, 4, Add>}};
  return blocks[vectors - 1][rows - 1];
}

}  // namespace

void strip_product(Dim m, Dim n, Dim pairs, const Pair* a, Dim a_row, Dim a_column, const Pair* b, float* c,
                   Dim c_row, bool accumulate) {
  if (a_column == 1 && m >= tiles::size && tiles::available()) {
    const Dim whole = m - m % tiles::size;
    tiles::product(whole, n, pairs, a, a_row, b, c, c_row, accumulate);
    if (whole == m) return;
    m -= whole;
    a += whole * a_row;
    c += whole * c_row;
  }
  const auto find = accumulate ? block_for<true> : block_for<false>;
  const Dim parts = (m + most_rows - 1) / most_rows;
  for (Dim p = 0; p < parts; ++p) {  // rows shared out evenly
    const Dim first = m * p / parts, rows = m * (p + 1) / parts - first;
    find(rows, n / 16)(pairs, a + first * a_row, a_row, a_column, b, c + first * c_row, c_row);
  }
}

#else

bool available() { return false; }
bool available_in_training() { return false; }
void convert(const float*, Dim, Pair*) {}
void pack(const float*, Dim, Dim, Pair*) {}
void pack_transposed(const float*, Dim, Dim, Pair*) {}
void strip_product(Dim, Dim, Dim, const Pair*, Dim, Dim, const Pair*, float*, Dim, bool) {}

#endif

}  // namespace rhyton::vector::bf16
