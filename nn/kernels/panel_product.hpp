#pragma once
/// @file panel_product.hpp  Small products c (+)= a b with b packed in panels of up to 64 columns: the core
/// of own convolutions. Float32, one thread.
#include "nn/tensor/shape.hpp"

namespace rhyton {

/// b (k, n) in panels of `width` columns, each (k, its width) row by row; n is a multiple of 16, the last
/// panel takes what is left.
struct Panels {
  static constexpr Dim width = 64;
  static constexpr Dim padded(Dim n) { return (n + 15) / 16 * 16; }
  /// Where column j (a multiple of 16) of row 0 lies, and the distance of rows there, in an n-column matrix
  /// of k rows.
  static constexpr Dim offset(Dim k, Dim j) { return j / width * width * k + j % width; }
  static constexpr Dim row(Dim n, Dim j) {
    return n - j / width * width < width ? n - j / width * width : width;
  }
};

/// c (m, n) (+)= a b with b's rows `b_row` apart; n is a multiple of 16 and at most 64. Element (i, l) of a
/// is a[i * a_row + l * a_column], row i of c begins at c + i * c_row.
void strip_product(Dim m, Dim n, Dim k, const float* a, Dim a_row, Dim a_column, const float* b, Dim b_row,
                   float* c, Dim c_row, bool accumulate);

/// The same with b in panels, for any n that is a multiple of 16.
void panel_product(Dim m, Dim n, Dim k, const float* a, Dim a_row, Dim a_column, const float* panels,
                   float* c, Dim c_row, bool accumulate);

}  // namespace rhyton
