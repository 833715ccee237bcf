#include "nn/kernels/vector/conv_pool_blocks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nn/kernels/simd.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

/// P pooled pixels in a row: the four convolutions under each stay in registers until the best is known.
/// `Step`: the window's column_step, or 0 to look it up.
template <int P, int V, int Step>
void forward_block(const ConvWindow& window, const float* x, const float* w, const Pooled& to) {
  const Dim step = Step > 0 ? Step : window.column_step;
  F16 sum[2][2 * P][V];
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i)
#pragma GCC unroll 12
    for (int j = 0; j < 2 * P; ++j)
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[i][j][v] = F16{};
  for (Dim r = 0; r < window.rows; ++r) {
    const float* a = x + r * window.row_stride;
    for (Dim l = 0; l < window.run; ++l, ++a, w += V * lanes) {
      F16 right[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) right[v] = load(w + v * lanes);
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i)
#pragma GCC unroll 12
        for (int j = 0; j < 2 * P; ++j) {
          const F16 left = splat(a[i * window.row_step + j * step]);
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) sum[i][j][v] += left * right[v];
        }
    }
  }
#pragma GCC unroll 6
  for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      F16 best = sum[0][2 * p][v];
      I16 winner{};
#pragma GCC unroll 4
      for (int k = 1; k < 4; ++k) {
        const F16 other = sum[k / 2][2 * p + k % 2][v];
        const I16 wins = other > best;
        best = wins ? other : best;
        winner = wins ? I16{} + k : winner;
      }
      best += load(to.bias + v * lanes);
      if (to.relu) best = best > F16{} ? best : F16{};
      const Dim at = p * to.stride + v * lanes;
      store(to.y + at, best);
      if (to.argmax != nullptr) store_bytes(to.argmax + at, winner);
    }
}

template <int V, int Step>
void forward_row(const ConvWindow& window, const float* x, const float* w, Pooled to, Dim columns) {
  constexpr int most = rows_in_registers[V] >= 12 ? 3 : 1;  // four sums for each pooled pixel
  using Block = void (*)(const ConvWindow&, const float*, const float*, const Pooled&);
  static constexpr auto blocks = []<int... P>(std::integer_sequence<int, P...>) {
    return std::array<Block, most + 1>{nullptr, forward_block<P + 1, V, Step>...};
  }
  (std::make_integer_sequence<int, most>());
  const Dim parts = (columns + most - 1) / most;
  for (Dim p = 0; p < parts; ++p) {
    const Dim first = columns * p / parts, count = columns * (p + 1) / parts - first;
    Pooled part = to;
    part.y += first * to.stride;
    if (part.argmax != nullptr) part.argmax += first * to.stride;
    const float* from = x + 2 * first * window.column_step;
    if (to.filters >= V * lanes) {
      blocks[count](window, from, w, part);
      continue;
    }
    float y[most * V * lanes];  // the last filters do not fill a vector
    std::uint8_t argmax[most * V * lanes];
    blocks[count](window, from, w, {y, argmax, V * lanes, to.bias, V * lanes, to.relu});
    for (Dim i = 0; i < count; ++i) {
      std::copy_n(y + i * V * lanes, to.filters, part.y + i * to.stride);
      if (part.argmax != nullptr)
        std::copy_n(argmax + i * V * lanes, to.filters, part.argmax + i * to.stride);
    }
  }
}

/// `Whole`: the vector has 16 filters.
template <bool Whole>
RHYTON_INLINE F16 gradient_at(const PooledGradient& g, Dim at) {
  const F16 dy = Whole ? load(g.dy + at) : load_part(g.dy + at, g.filters);
  if (g.y == nullptr) return dy;
  const F16 y = Whole ? load(g.y + at) : load_part(g.y + at, g.filters);
  return y > F16{} ? dy : F16{};
}

/// Element index[i] of the sixteen in `table`.
RHYTON_INLINE F16 pick(F16 table, I16 index) {
#ifndef __clang__
  return __builtin_shuffle(table, index);
#else
  F16 picked;
  for (int i = 0; i < lanes; ++i) picked[i] = table[index[i]];
  return picked;
#endif
}

/// Four rows of four pixels.
RHYTON_INLINE F16 load_patch(const float* corner, Dim row_stride) {
  F4 rows[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&rows[i], corner + i * row_stride, sizeof rows[i]);
  const F8 top = __builtin_shufflevector(rows[0], rows[1], 0, 1, 2, 3, 4, 5, 6, 7);
  const F8 bottom = __builtin_shufflevector(rows[2], rows[3], 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(top, bottom, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// One channel, 3 x 3 taps, stride one: the 4 x 4 pixels under a pooled one are one vector, out of which each
/// filter picks the nine that its winner saw. V vectors of filters; sums: nine rows of dw for each, then db.
template <int V, bool Whole>
void gather(const PooledGradient* given, const float* x, Dim row_stride, float* sums) {
  PooledGradient g[V];
  std::copy_n(given, V, g);
  F16 total[10][V];
#pragma GCC unroll 10
  for (int k = 0; k < 10; ++k)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) total[k][v] = load(sums + (k * V + v) * lanes);
  for (Dim row = 0; row < g[0].rows; ++row)
    for (Dim p = 0; p < g[0].pixels_per_row; ++p) {
      const F16 patch = load_patch(x + 2 * row * row_stride + 2 * p, row_stride);
      const Dim at = (row * g[0].pixels_per_row + p) * g[0].stride;
      F16 gradient[V];
      I16 first[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        gradient[v] = gradient_at<Whole>(g[v], at);
        const I16 winner =
            Whole ? load_bytes(g[v].argmax + at) : load_bytes_part(g[v].argmax + at, g[v].filters);
        first[v] = (winner & 1) + (winner >> 1) * 4;
        total[9][v] += gradient[v];
      }
#pragma GCC unroll 9
      for (int k = 0; k < 9; ++k)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) total[k][v] += pick(patch, first[v] + (k / 3 * 4 + k % 3)) * gradient[v];
    }
#pragma GCC unroll 10
  for (int k = 0; k < 10; ++k)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(sums + (k * V + v) * lanes, total[k][v]);
}

void expand(const PooledGradient& g, Dim row, float* dz, Dim dz_pixel, Dim dz_row) {
  for (Dim p = 0; p < g.pixels_per_row; ++p) {
    const Dim at = (row * g.pixels_per_row + p) * g.stride;
    const F16 gradient = g.filters == lanes ? gradient_at<true>(g, at) : gradient_at<false>(g, at);
    const I16 winner = load_bytes_part(g.argmax + at, g.filters);
    for (int k = 0; k < 4; ++k) {
      const F16 part = winner == I16{} + k ? gradient : F16{};
      float* target = dz + k / 2 * dz_row + (2 * p + k % 2) * dz_pixel;
      if (g.filters == lanes)
        store(target, part);
      else
        store_part(target, part, g.filters);
    }
  }
}

}  // namespace

void pooled_row(const ConvWindow& window, const float* x, const float* panel, int vectors, const Pooled& to,
                Dim columns) {
  const bool unit = window.column_step == 1;
  const auto run = vectors == 2 ? (unit ? forward_row<2, 1> : forward_row<2, 0>)
                                : (unit ? forward_row<1, 1> : forward_row<1, 0>);
  run(window, x, panel, to, columns);
}

void gather_weights(const PooledGradient* gradients, int vectors, const float* x, Dim row_stride,
                    float* sums) {
  const bool whole = gradients[vectors - 1].filters == simd::lanes;
  const auto run = vectors == 2 ? (whole ? gather<2, true> : gather<2, false>)
                                : (whole ? gather<1, true> : gather<1, false>);
  run(gradients, x, row_stride, sums);
}

void expand_row(const PooledGradient& g, Dim row, float* dz, Dim dz_pixel, Dim dz_row) {
  expand(g, row, dz, dz_pixel, dz_row);
}

}  // namespace rhyton::vector
