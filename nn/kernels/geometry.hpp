#pragma once
/// @file geometry.hpp  Windows over one to three spatial dimensions, seen as three: the missing ones come
/// first, size 1.
#include "nn/kernels/conv.hpp"

namespace rhyton {

/// Sizes of a convolution or pooling in three dimensions, and the strides of its tensors in elements.
struct Geometry {
  /// `desc` is a ConvDesc or PoolDesc, `window` its kernel or window.
  template <class Desc>
  Geometry(const Desc& desc, const Spatial& window, Dim in_channels, Dim out_channels) {
    for (int i = 0; i < desc.rank; ++i) {
      const auto from = static_cast<std::size_t>(i), to = static_cast<std::size_t>(3 - desc.rank + i);
      in[to] = desc.in[from];
      kernel[to] = window[from];
      out[to] = desc.out[from];
      strides[to] = desc.strides[from];
      pad[to] = desc.pad_before[from];
      if constexpr (requires { desc.dilation; }) dilation[to] = desc.dilation[from];
    }
    in_pixels = in[0] * in[1] * in[2];
    out_pixels = out[0] * out[1] * out[2];
    taps = kernel[0] * kernel[1] * kernel[2];
    x_image = in_pixels * in_channels;
    y_image = out_pixels * out_channels;
    x_pixel = desc.channels_first ? 1 : in_channels;
    y_pixel = desc.channels_first ? 1 : out_channels;
    x_channel = desc.channels_first ? in_pixels : 1;
    y_channel = desc.channels_first ? out_pixels : 1;
  }

  Spatial position(Dim out_pixel) const {
    return {out_pixel / (out[1] * out[2]), out_pixel / out[2] % out[1], out_pixel % out[2]};
  }
  /// Where tap `k` of dimension `i` falls for output position `o`; may be outside.
  Dim source(std::size_t i, Dim o, Dim k) const { return o * strides[i] + k * dilation[i] - pad[i]; }
  bool inside(std::size_t i, Dim s) const { return s >= 0 && s < in[i]; }

  /// Calls `f(tap, x pixel)` for the taps of an output pixel that fall inside x.
  template <class F>
  void for_taps(Dim out_pixel, F&& f) const {
    const Spatial o = position(out_pixel);
    for (Dim a = 0; a < kernel[0]; ++a) {
      const Dim d = source(0, o[0], a);
      if (!inside(0, d)) continue;
      for (Dim b = 0; b < kernel[1]; ++b) {
        const Dim h = source(1, o[1], b);
        if (!inside(1, h)) continue;
        for (Dim c = 0; c < kernel[2]; ++c) {
          const Dim w = source(2, o[2], c);
          if (inside(2, w)) f((a * kernel[1] + b) * kernel[2] + c, (d * in[1] + h) * in[2] + w);
        }
      }
    }
  }

  Spatial in{1, 1, 1}, kernel{1, 1, 1}, out{1, 1, 1}, strides{1, 1, 1}, dilation{1, 1, 1}, pad{0, 0, 0};
  Dim in_pixels = 0, out_pixels = 0, taps = 0;
  Dim x_image = 0, y_image = 0, x_pixel = 0, y_pixel = 0, x_channel = 0, y_channel = 0;
};

}  // namespace rhyton
