#pragma once
/// @file broadcast_rows.hpp  How a small tensor repeats over a large one. Only for the .cpp files of kernels
/// and steps.
#include "nn/tensor/shape.hpp"

namespace rhyton {

/// Calls `f(offset in y, offset in b, step in b, length)` for every row of y's last axis; b's axes are y's
/// last ones, or 1 where b repeats. The step is 0 or 1.
template <class F>
void for_broadcast_rows(const Shape& y, const Shape& b, F&& f) {
  const int last = y.rank() - 1, missing = y.rank() - b.rank();
  if (last < 0) return f(Dim{0}, Dim{0}, Dim{0}, Dim{1});
  Dim strides[Shape::max_rank] = {};
  Dim stride = 1;
  for (int i = last; i >= missing; --i) {
    strides[i] = b[i - missing] == 1 ? 0 : stride;
    stride *= b[i - missing];
  }
  const Dim rows = y.product(0, last), length = y[last];
  Dim index[Shape::max_rank] = {}, from = 0;
  for (Dim row = 0; row < rows; ++row) {
    f(row * length, from, strides[last], length);
    for (int i = last - 1; i >= 0; --i) {
      from += strides[i];
      if (++index[i] < y[i]) break;
      from -= strides[i] * y[i];
      index[i] = 0;
    }
  }
}

}  // namespace rhyton
