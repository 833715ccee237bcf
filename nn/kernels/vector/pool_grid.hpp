#pragma once
/// @file pool_grid.hpp  The windows of a pooling in channels_last. Only for the .cpp files of kernels.
#include "nn/kernels/geometry.hpp"
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

/// True for what the vector kernels of pooling take.
inline bool takes_pool(const PoolDesc& desc) {
  return !desc.channels_first && desc.options.dtype == DType::float32 && desc.channels > 0 &&
         volume(desc.window, desc.rank) <= PoolWindow::max_taps;
}

}  // namespace rhyton::vector
