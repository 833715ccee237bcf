#include "nn/kernels/adaptive_pool.hpp"

#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

/// Sizes in three dimensions, the missing ones in front; pixels `channels` apart hold channels `inner` apart.
struct Cells {
  Cells(int rank, bool channels_first, const Shape& x, const Shape& y) {
    for (int i = 0; i < rank; ++i) {
      const auto to = static_cast<std::size_t>(3 - rank + i);
      in[to] = x[i + (channels_first ? 2 : 1)];
      out[to] = y[i + (channels_first ? 2 : 1)];
    }
    images = channels_first ? x[0] * x[1] : x[0];
    width = channels_first ? 1 : x[rank + 1];
  }

  Dim begin(std::size_t d, Dim i) const { return i * in[d] / out[d]; }
  Dim end(std::size_t d, Dim i) const { return ((i + 1) * in[d] + out[d] - 1) / out[d]; }

  /// Calls f(output pixel, input pixel, number of input pixels) for all pairs of an image, outputs in order.
  template <class F>
  void for_pairs(F&& f) const {
    Dim o = 0;
    for (Dim a = 0; a < out[0]; ++a)
      for (Dim b = 0; b < out[1]; ++b)
        for (Dim c = 0; c < out[2]; ++c, ++o) {
          const Dim count = (end(0, a) - begin(0, a)) * (end(1, b) - begin(1, b)) * (end(2, c) - begin(2, c));
          for (Dim d = begin(0, a); d < end(0, a); ++d)
            for (Dim h = begin(1, b); h < end(1, b); ++h)
              for (Dim w = begin(2, c); w < end(2, c); ++w) f(o, (d * in[1] + h) * in[2] + w, count);
        }
  }

  Spatial in{1, 1, 1}, out{1, 1, 1};
  Dim images = 0, width = 1;
};

}  // namespace

void adaptive_pool(PoolKind kind, int rank, bool channels_first, ConstView x, View y, View argmax) {
  const Cells cells(rank, channels_first, x.shape(), y.shape());
  const Dim x_image = volume(cells.in, 3) * cells.width, y_image = volume(cells.out, 3) * cells.width;
  dispatch_real(y.dtype(), [&]<class T>(T) {
    parallel_for<T>(cells.images, 1, [&](Dim first, Dim last) {
      for (Dim n = first; n < last; ++n) {
        const T* from = x.data<T>() + n * x_image;
        T* to = y.data<T>() + n * y_image;
        std::int32_t* where = kind == PoolKind::max ? argmax.data<std::int32_t>() + n * y_image : nullptr;
        Dim current = -1;
        cells.for_pairs([&](Dim o, Dim i, Dim count) {
          const T* in = from + i * cells.width;
          T* out = to + o * cells.width;
          const bool opens = o != current;
          current = o;
          const T scale = T(1) / static_cast<T>(count);
          for (Dim c = 0; c < cells.width; ++c) {
            if (kind == PoolKind::average) {
              out[c] = (opens ? T(0) : out[c]) + in[c] * scale;
            } else if (opens || in[c] > out[c]) {
              out[c] = in[c];
              where[o * cells.width + c] = static_cast<std::int32_t>(i);
            }
          }
        });
      }
    });
  });
}

void adaptive_pool_gradient(PoolKind kind, int rank, bool channels_first, ConstView dy, ConstView argmax,
                            View dx) {
  const Cells cells(rank, channels_first, dx.shape(), dy.shape());
  const Dim x_image = volume(cells.in, 3) * cells.width, y_image = volume(cells.out, 3) * cells.width;
  fill(dx, 0.0);
  dispatch_real(dx.dtype(), [&]<class T>(T) {
    parallel_for<T>(cells.images, 1, [&](Dim first, Dim last) {
      for (Dim n = first; n < last; ++n) {
        const T* from = dy.data<T>() + n * y_image;
        T* to = dx.data<T>() + n * x_image;
        if (kind == PoolKind::max) {
          const std::int32_t* where = argmax.data<std::int32_t>() + n * y_image;
          for (Dim i = 0; i < y_image; ++i) to[where[i] * cells.width + i % cells.width] += from[i];
          continue;
        }
        cells.for_pairs([&](Dim o, Dim i, Dim count) {
          const T scale = T(1) / static_cast<T>(count);
          for (Dim c = 0; c < cells.width; ++c) to[i * cells.width + c] += scale * from[o * cells.width + c];
        });
      }
    });
  });
}

}  // namespace rhyton
