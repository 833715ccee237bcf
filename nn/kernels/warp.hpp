#pragma once
/// @file warp.hpp  Images under maps of their coordinates, and the gradient of that.
#include <string>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// What lies beyond the image. reflect: "dcba|abcd|dcba"; nearest: "aaaa|abcd|dddd"; wrap: "abcd|abcd|abcd".
enum class FillMode { constant, nearest, reflect, wrap };

/// Throws ValueError on any other name.
FillMode fill_mode_by_name(const std::string& name);

/// Images x (batch, outer, height, width, inner). Pixel (i, j) of y is x at the place
/// (m[3] j + m[4] i + m[5], m[0] j + m[1] i + m[2]) / (m[6] j + m[7] i + 1), counted in pixels, m = image's
/// row of `maps`: (batch, 8), or (batch, 6) without the division; or at (i + m[1, i, j], j + m[0, i, j]) with
/// m = image's part of maps (batch, 2, height, width).
struct WarpDesc {
  Dim batch = 1, outer = 1, height = 0, width = 0, inner = 1;
  bool bilinear = true;  ///< or nearest
  FillMode fill_mode = FillMode::reflect;
  double fill_value = 0.0;
};

void warp_forward(const WarpDesc& d, ConstView x, ConstView maps, View y);
/// dx = the gradient of `warp_forward` with respect to x.
void warp_backward(const WarpDesc& d, ConstView dy, ConstView maps, View dx);

}  // namespace rhyton
