#include "nn/kernels/warp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "nn/error.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

/// A place along an axis of n pixels, brought back into it.
double inside(FillMode mode, double at, Dim n) {
  const auto size = static_cast<double>(n);
  switch (mode) {
    case FillMode::constant:  // far beyond, and where a division by 0 leads, is beyond
      return std::isfinite(at) ? std::clamp(at, -2.0, size + 1.0) : -2.0;
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

/// Where the pixels of one image come from.
template <class T>
class Places {
 public:
  Places(const WarpDesc& d, ConstView maps, Dim image)
      : moves_(maps.shape().rank() == 4), width_(d.width), plane_(d.height * d.width) {
    const Dim numbers = maps.shape().product(1, maps.shape().rank());
    m_ = maps.data<T>() + image * numbers;
    if (!moves_)
      for (Dim k = 0; k < numbers; ++k) map_[static_cast<std::size_t>(k)] = static_cast<double>(m_[k]);
  }
  /// (x, y) of pixel (i, j).
  std::pair<double, double> operator()(Dim i, Dim j) const {
    const auto column = static_cast<double>(j), row = static_cast<double>(i);
    if (moves_) {
      const T* move = m_ + i * width_ + j;
      return {column + static_cast<double>(move[0]), row + static_cast<double>(move[plane_])};
    }
    const auto& m = map_;
    const double scale = m[6] * column + m[7] * row + 1.0;
    return {(m[0] * column + m[1] * row + m[2]) / scale, (m[3] * column + m[4] * row + m[5]) / scale};
  }

 private:
  bool moves_;
  Dim width_, plane_;
  const T* m_;
  std::array<double, 8> map_{};
};

/// Calls f(offset of the pixel in y, offset in x or -1 beyond the image, weight).
template <class T, class F>
void for_taps(const WarpDesc& d, const Places<T>& places, F&& f) {
  const auto pixel = [&](Dim i, Dim j) {
    if (d.fill_mode == FillMode::wrap) {
      i = (i % d.height + d.height) % d.height;
      j = (j % d.width + d.width) % d.width;
    }
    return i < 0 || j < 0 || i >= d.height || j >= d.width ? Dim{-1} : (i * d.width + j) * d.inner;
  };
  for (Dim i = 0; i < d.height; ++i)
    for (Dim j = 0; j < d.width; ++j) {
      const auto [column, row] = places(i, j);
      const double x = inside(d.fill_mode, column, d.width), y = inside(d.fill_mode, row, d.height);
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

/// Calls f(places, offset) for every plane of every image.
template <class T, class F>
void for_planes(const WarpDesc& d, ConstView maps, F&& f) {
  const Dim plane = d.height * d.width * d.inner;
  parallel_for<T>(d.batch * d.outer, 1 + 4096 / std::max<Dim>(plane, 1), [&](Dim begin, Dim end) {
    for (Dim p = begin; p < end; ++p) f(Places<T>(d, maps, p / d.outer), p * plane);
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
    for_planes<T>(d, maps, [&](const Places<T>& places, Dim at) {
      const T* in = x.data<T>() + at;
      T* out = y.data<T>() + at;
      for_taps(d, places, [&](Dim to, Dim from, double weight) {
        const T w = static_cast<T>(weight), beyond = static_cast<T>(d.fill_value);
        for (Dim c = 0; c < d.inner; ++c) out[to + c] += w * (from < 0 ? beyond : in[from + c]);
      });
    });
  });
}

void warp_backward(const WarpDesc& d, ConstView dy, ConstView maps, View dx) {
  fill(dx, 0.0);
  dispatch_real(dx.dtype(), [&]<class T>(T) {
    for_planes<T>(d, maps, [&](const Places<T>& places, Dim at) {
      const T* in = dy.data<T>() + at;
      T* out = dx.data<T>() + at;
      for_taps(d, places, [&](Dim to, Dim from, double weight) {
        if (from < 0) return;
        const T w = static_cast<T>(weight);
        for (Dim c = 0; c < d.inner; ++c) out[from + c] += w * in[to + c];
      });
    });
  });
}

}  // namespace rhyton
