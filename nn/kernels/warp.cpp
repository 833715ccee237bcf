#include "nn/kernels/warp.hpp"

#include <algorithm>
#include <cmath>

#include "nn/error.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

/// A place along an axis of n pixels, brought back into it.
double inside(FillMode mode, double at, Dim n) {
  const auto size = static_cast<double>(n);
  switch (mode) {
    case FillMode::constant:
    case FillMode::wrap:  // by the pixel: the last one's neighbour is the first
      return at;
    case FillMode::nearest:
      break;
    case FillMode::reflect:
      // Pixels end half a pixel beyond their centres: the mirrors stand at -0.5 and n - 0.5.
      at = std::fmod(std::abs(at + 0.5), 2.0 * size);
      at = (at < size ? at : 2.0 * size - at) - 0.5;
      break;
  }
  return std::clamp(at, 0.0, size - 1.0);
}

/// Calls f(offset of the pixel in y, offset in x or -1 beyond the image, weight).
template <class F>
void for_taps(const WarpDesc& d, const double* m, F&& f) {
  const auto pixel = [&](Dim i, Dim j) {
    if (d.fill_mode == FillMode::wrap) {
      i = (i % d.height + d.height) % d.height;
      j = (j % d.width + d.width) % d.width;
    }
    return i < 0 || j < 0 || i >= d.height || j >= d.width ? Dim{-1} : (i * d.width + j) * d.inner;
  };
  for (Dim i = 0; i < d.height; ++i)
    for (Dim j = 0; j < d.width; ++j) {
      const auto column = static_cast<double>(j), row = static_cast<double>(i);
      const double x = inside(d.fill_mode, m[0] * column + m[1] * row + m[2], d.width);
      const double y = inside(d.fill_mode, m[3] * column + m[4] * row + m[5], d.height);
      const Dim to = (i * d.width + j) * d.inner;
      if (!d.bilinear) {
        f(to, pixel(static_cast<Dim>(std::round(y)), static_cast<Dim>(std::round(x))), 1.0);
        continue;
      }
      const double left = std::floor(x), top = std::floor(y);
      const double right_share = x - left, bottom_share = y - top;
      for (const int below : {0, 1})
        for (const int beside : {0, 1}) {
          const double weight =
              (below ? bottom_share : 1.0 - bottom_share) * (beside ? right_share : 1.0 - right_share);
          if (weight != 0.0)
            f(to, pixel(static_cast<Dim>(top) + below, static_cast<Dim>(left) + beside), weight);
        }
    }
}

/// Calls f(map, offset) for every plane of every image.
template <class T, class F>
void for_planes(const WarpDesc& d, ConstView maps, F&& f) {
  const Dim plane = d.height * d.width * d.inner;
  parallel_for(d.batch * d.outer, 1 + 4096 / std::max<Dim>(plane, 1), [&](Dim begin, Dim end) {
    for (Dim p = begin; p < end; ++p) {
      double map[6];
      for (int i = 0; i < 6; ++i) map[i] = static_cast<double>(maps.data<T>()[p / d.outer * 6 + i]);
      f(map, p * plane);
    }
  });
}

}  // namespace

FillMode fill_mode_by_name(const std::string& name) {
  if (name == "constant") return FillMode::constant;
  if (name == "nearest") return FillMode::nearest;
  if (name == "reflect") return FillMode::reflect;
  if (name == "wrap") return FillMode::wrap;
  throw ValueError(
      "`fill_mode` should be one of \"constant\", \"nearest\", \"reflect\", \"wrap\". Received: fill_mode=" +
      name + ".");
}

void warp_forward(const WarpDesc& d, ConstView x, ConstView maps, View y) {
  fill(y, 0.0);
  dispatch_real(y.dtype(), [&]<class T>(T) {
    for_planes<T>(d, maps, [&](const double* map, Dim at) {
      const T* in = x.data<T>() + at;
      T* out = y.data<T>() + at;
      for_taps(d, map, [&](Dim to, Dim from, double weight) {
        const T w = static_cast<T>(weight), beyond = static_cast<T>(d.fill_value);
        for (Dim c = 0; c < d.inner; ++c) out[to + c] += w * (from < 0 ? beyond : in[from + c]);
      });
    });
  });
}

void warp_backward(const WarpDesc& d, ConstView dy, ConstView maps, View dx) {
  fill(dx, 0.0);
  dispatch_real(dx.dtype(), [&]<class T>(T) {
    for_planes<T>(d, maps, [&](const double* map, Dim at) {
      const T* in = dy.data<T>() + at;
      T* out = dx.data<T>() + at;
      for_taps(d, map, [&](Dim to, Dim from, double weight) {
        if (from < 0) return;
        const T w = static_cast<T>(weight);
        for (Dim c = 0; c < d.inner; ++c) out[from + c] += w * in[to + c];
      });
    });
  });
}

}  // namespace rhyton
