#pragma once
/// @file lines.hpp  Walking along one axis of a tensor, line by line.
#include "nn/tensor/shape.hpp"

namespace rhyton::detail {

/// The lines along an axis: `count` cells each, `step` elements from one to the next.
struct Lines {
  Lines(const Shape& x, int axis)
      : outer(x.product(0, axis)), count(x[axis]), step(x.product(axis + 1, x.rank())) {}
  Dim outer, count, step;
  /// Calls f(number of the line, position of its first element in a tensor with `length` cells a line).
  template <class F>
  void each(F&& f) const {
    for (Dim o = 0; o < outer; ++o)
      for (Dim i = 0; i < step; ++i) f(o, i);
  }
  Dim first(Dim o, Dim i, Dim length) const { return o * length * step + i; }
};

}  // namespace rhyton::detail
