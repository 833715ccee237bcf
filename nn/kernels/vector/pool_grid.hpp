#pragma once
/// @file pool_grid.hpp  The windows of a pooling in channels_last. Only for the .cpp files of kernels.
#include <algorithm>

#include "nn/kernels/geometry.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/pool.hpp"

namespace rhyton::vector {

/// The x pixels under one window, and their tap numbers.
struct PoolWindow {
  static constexpr int max_taps = 256;
  int count = 0;
  Dim pixel[max_taps];
  int tap[max_taps];
};

/// All windows of at most PoolWindow::max_taps cells.
struct PoolGrid : Geometry {
  explicit PoolGrid(const PoolDesc& desc) : Geometry(desc, desc.window, desc.channels, desc.channels) {
    for (std::size_t i = 0; i < 3; ++i) {
      overlap = overlap || strides[i] < kernel[i];
      covered = covered && strides[i] == kernel[i] && out[i] * strides[i] >= in[i] + pad[i];
    }
  }

  void look(Dim out_pixel, PoolWindow& window) const {
    window.count = 0;
    for_taps(out_pixel, [&](Dim at, Dim pixel) {
      window.pixel[window.count] = pixel;
      window.tap[window.count++] = static_cast<int>(at);
    });
  }

  bool overlap = false;  ///< windows share pixels
  bool covered = true;   ///< every pixel lies in a window
};

/// Calls f(i, window, image) for each pixel i of y, counted over the batch; `image` is the x that it looks
/// at.
template <class F>
void for_windows(const PoolGrid& g, const PoolDesc& d, const float* x, F&& f) {
  parallel_for(d.batch * g.out_pixels, 1 + 65536 / (g.taps * d.channels), [&](Dim begin, Dim end) {
    PoolWindow window;
    for (Dim i = begin; i < end; ++i) {
      g.look(i % g.out_pixels, window);
      f(i, window, x + i / g.out_pixels * g.x_image);
    }
  });
}

/// The same for gradients: whole images at a time, because windows may overlap, and zeros in dx where windows
/// do not assign all of it.
template <class F>
void for_gradient_windows(const PoolGrid& g, const PoolDesc& d, float* dx, F&& f) {
  parallel_for(d.batch, 1 + 65536 / (g.taps * g.y_image + 1), [&](Dim begin, Dim end) {
    if (!g.covered) std::fill(dx + begin * g.x_image, dx + end * g.x_image, 0.0f);
    PoolWindow window;
    for (Dim i = begin * g.out_pixels; i < end * g.out_pixels; ++i) {
      g.look(i % g.out_pixels, window);
      f(i, window, dx + i / g.out_pixels * g.x_image);
    }
  });
}

/// True for what the vector kernels of pooling take.
inline bool takes_pool(const PoolDesc& desc) {
  return !desc.channels_first && desc.options.dtype == DType::float32 && desc.channels > 0 &&
         volume(desc.window, desc.rank) <= PoolWindow::max_taps;
}

}  // namespace rhyton::vector
