#include "nn/kernels/l2_normalize.hpp"

#include <cmath>

#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

/// Calls f(offset of the first element) for each lane along the axis; elements lie `inner` apart.
template <class T, class F>
void for_lanes(const Shape& shape, int axis, F&& f) {
  const Dim outer = shape.product(0, axis), length = shape[axis],
            inner = shape.product(axis + 1, shape.rank());
  parallel_for<T>(outer, 1 + 16384 / std::max<Dim>(length * inner, 1), [&](Dim begin, Dim end) {
    for (Dim o = begin; o < end; ++o)
      for (Dim i = 0; i < inner; ++i) f(o * length * inner + i, length, inner);
  });
}

template <class T>
T square_sum(const T* x, Dim n, Dim stride) {
  T sum = 0;
  for (Dim i = 0; i < n; ++i) sum += x[i * stride] * x[i * stride];
  return sum;
}

}  // namespace

void l2_normalize(ConstView x, int axis, double least, View y) {
  dispatch_real(x.dtype(), [&]<class T>(T) {
    for_lanes<T>(x.shape(), axis, [&](Dim at, Dim n, Dim stride) {
      const T* in = x.data<T>() + at;
      T* out = y.data<T>() + at;
      const T scale = T(1) / std::sqrt(std::max(square_sum(in, n, stride), static_cast<T>(least)));
      for (Dim i = 0; i < n; ++i) out[i * stride] = in[i * stride] * scale;
    });
  });
}

void l2_normalize_backward(ConstView x, int axis, double least, ConstView dy, View dx) {
  dispatch_real(x.dtype(), [&]<class T>(T) {
    for_lanes<T>(x.shape(), axis, [&](Dim at, Dim n, Dim stride) {
      const T* in = x.data<T>() + at;
      const T* up = dy.data<T>() + at;
      T* out = dx.data<T>() + at;
      const T square = square_sum(in, n, stride);
      const T scale = T(1) / std::sqrt(std::max(square, static_cast<T>(least)));
      T along = 0;
      // Below the least square the length is a constant.
      if (square > static_cast<T>(least))
        for (Dim i = 0; i < n; ++i) along += in[i * stride] * up[i * stride];
      along *= scale * scale;
      for (Dim i = 0; i < n; ++i) out[i * stride] = scale * (up[i * stride] - along * in[i * stride]);
    });
  });
}

}  // namespace rhyton
