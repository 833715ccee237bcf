#include "nn/kernels/panel_product.hpp"

#include <array>
#include <utility>

#include "nn/kernels/simd.hpp"

namespace rhyton {

namespace {

using namespace simd;

/// c (R, 16 V) (+)= a (R, k) b (k, 16 V) with all sums in registers.
template <int R, int V, bool Add>
RHYTON_INLINE void block(Dim k, const float* a, Dim a_row, Dim a_column, const float* b, Dim b_row, float* c,
                         Dim c_row) {
  F16 sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[i][v] = F16{};
  for (Dim l = 0; l < k; ++l) {
    F16 right[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) right[v] = load(b + v * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const F16 left = splat(a[i * a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] += left * right[v];
    }
    a += a_column;
    b += b_row;
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      float* target = c + i * c_row + v * lanes;
      store(target, Add ? load(target) + sum[i][v] : sum[i][v]);
    }
}

using Block = void (*)(Dim k, const float* a, Dim a_row, Dim a_column, const float* b, Dim b_row, float* c,
                       Dim c_row);

template <int R, int V, bool Add>
void run_block(Dim k, const float* a, Dim a_row, Dim a_column, const float* b, Dim b_row, float* c,
               Dim c_row) {
  block<R, V, Add>(k, a, a_row, a_column, b, b_row, c, c_row);
}

constexpr int most_rows = rows_in_registers[1];

/// run_block for R = 1 ... rows_in_registers[V], at their index.
template <int V, bool Add, int... Row>
constexpr std::array<Block, most_rows + 1> make_blocks(std::integer_sequence<int, Row...>) {
  return {nullptr, run_block<Row + 1, V, Add>...};
}
template <int V, bool Add>
constexpr auto blocks = make_blocks<V, Add>(std::make_integer_sequence<int, rows_in_registers[V]>());

template <bool Add>
const Block* blocks_of(int vectors) {
  switch (vectors) {
    case 1:
      return blocks<1, Add>.data();
    case 2:
      return blocks<2, Add>.data();
    case 3:
      return blocks<3, Add>.data();
    default:
      return blocks<4, Add>.data();
  }
}

}  // namespace

void strip_product(Dim m, Dim n, Dim k, const float* a, Dim a_row, Dim a_column, const float* b, Dim b_row,
                   float* c, Dim c_row, bool accumulate) {
  const int vectors = static_cast<int>(n / lanes);
  const Block* table = accumulate ? blocks_of<true>(vectors) : blocks_of<false>(vectors);
  const Dim parts = (m + rows_in_registers[vectors] - 1) / rows_in_registers[vectors];
  for (Dim p = 0; p < parts; ++p) {  // rows shared out evenly: no small rest
    const Dim first = m * p / parts, rows = m * (p + 1) / parts - first;
    table[rows](k, a + first * a_row, a_row, a_column, b, b_row, c + first * c_row, c_row);
  }
}

void panel_product(Dim m, Dim n, Dim k, const float* a, Dim a_row, Dim a_column, const float* panels,
                   float* c, Dim c_row, bool accumulate) {
  for (Dim j = 0; j < n; j += Panels::width)
    strip_product(m, Panels::row(n, j), k, a, a_row, a_column, panels + Panels::offset(k, j),
                  Panels::row(n, j), c + j, c_row, accumulate);
}

}  // namespace rhyton
