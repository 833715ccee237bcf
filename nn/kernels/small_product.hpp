#pragma once
/// @file small_product.hpp  Products of matrices that fit the second cache, on operands as they lie: for
/// kernels that make many of them, such as attention. float or double.
#include "nn/kernels/lane_sum.hpp"

namespace rhyton::simd {

RHYTON_INLINE Wide<float> load_wide_part(const float* p, Dim n) { return load_part(p, n); }
RHYTON_INLINE void store_wide_part(float* p, const Wide<float>& v, Dim n) { store_part(p, v, n); }
RHYTON_INLINE Wide<double> load_wide_part(const double* p, Dim n) {
  Wide<double> v{};
  std::memcpy(&v, p, static_cast<std::size_t>(n) * sizeof(double));
  return v;
}
RHYTON_INLINE void store_wide_part(double* p, const Wide<double>& v, Dim n) {
  std::memcpy(p, &v, static_cast<std::size_t>(n) * sizeof(double));
}

/// A row-major matrix, or one whose columns lie `column` apart.
template <class T>
struct Strided {
  const T* data;
  Dim row, column = 1;
};

/// R rows and V vectors of columns of c (+)= a b, in registers; the last vector has `tail` columns if Part.
template <int R, int V, bool Part, class T>
RHYTON_INLINE void product_tile(Dim depth, const T* a, Dim a_row, Dim a_column, const T* b, Dim b_row, T* c,
                                Dim c_row, bool add, Dim tail) {
  constexpr Dim w = width<T>;
  const auto read = [&](const T* p, int v) {
    return Part && v == V - 1 ? load_wide_part(p + v * w, tail) : load_wide(p + v * w);
  };
  Wide<T> sum[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[r][v] = add ? read(c + r * c_row, v) : Wide<T>{};
  for (Dim k = 0; k < depth; ++k) {
    Wide<T> row[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) row[v] = read(b, v);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Wide<T> factor = Wide<T>{} + a[r * a_row];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] += factor * row[v];
    }
    a += a_column;
    b += b_row;
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      T* p = c + r * c_row + v * w;
      if (Part && v == V - 1)
        store_wide_part(p, sum[r][v], tail);
      else
        std::memcpy(p, &sum[r][v], sizeof sum[r][v]);
    }
}

/// All rows of V vectors of columns, R at a time.
template <int R, int V, bool Part, class T>
RHYTON_INLINE void product_panel(Dim m, Dim depth, const Strided<T>& a, const T* b, Dim b_row, T* c,
                                 Dim c_row, bool add, Dim tail) {
  Dim i = 0;
  const auto rows = [&]<int Rows>() {
    for (; i + Rows <= m; i += Rows)
      product_tile<Rows, V, Part>(depth, a.data + i * a.row, a.row, a.column, b, b_row, c + i * c_row, c_row,
                                  add, tail);
  };
  rows.template operator()<R>();
  if constexpr (R > 4) rows.template operator()<4>();
  if constexpr (R > 2) rows.template operator()<2>();
  rows.template operator()<1>();
}

/// c (m x n, rows `c_row` apart) = a b, or c += a b; a is m x depth, b depth x n with rows `b_row` apart.
template <class T>
RHYTON_INLINE void product(Dim m, Dim n, Dim depth, const Strided<T>& a, const T* b, Dim b_row, T* c,
                           Dim c_row, bool add) {
#ifdef __AVX512F__
  constexpr int wide = 4, tall[] = {12, 12, 8, 6};  // sums that 32 registers hold
#else
  constexpr int wide = 2, tall[] = {6, 3, 3, 3};
#endif
  constexpr Dim w = width<T>;
  Dim j = 0;
  const auto columns = [&]<int V>() {
    for (; j + V * w <= n; j += V * w)
      product_panel<tall[V - 1], V, false>(m, depth, a, b + j, b_row, c + j, c_row, add, w);
  };
  if constexpr (wide == 4) {
    columns.template operator()<4>();
    columns.template operator()<3>();
  }
  columns.template operator()<2>();
  columns.template operator()<1>();
  if (j < n) product_panel<tall[0], 1, true>(m, depth, a, b + j, b_row, c + j, c_row, add, n - j);
}

}  // namespace rhyton::simd
