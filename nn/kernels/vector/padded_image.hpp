#pragma once
/// @file padded_image.hpp  The part of an image that a convolution reads, with its zeros around it.
#include <algorithm>

#include "nn/kernels/conv.hpp"

namespace rhyton::vector {

/// For channels_last, two dimensions: rows of the image from its first window to its last, copied only where
/// zeros are needed; cropping is an offset.
class PaddedImage {
 public:
  explicit PaddedImage(const ConvDesc& d) : d_(d) {
    for (std::size_t i = 0; i < 2; ++i) {
      reach_[i] = (d.out[i] - 1) * d.strides[i] + (d.kernel[i] - 1) * d.dilation[i] + 1;
      copies_ = copies_ || d.pad_before[i] > 0 || reach_[i] - d.pad_before[i] > d.in[i];
    }
  }

  /// Elements from one row to the next in what `get` returns.
  Dim row_stride() const { return (copies_ ? reach_[1] : d_.in[1]) * d_.in_channels; }
  /// Elements that `get` needs as memory.
  Dim size() const { return copies_ ? reach_[0] * reach_[1] * d_.in_channels : 0; }

  const float* get(const float* x, Dim image, float* memory) const {
    x += image * d_.in[0] * d_.in[1] * d_.in_channels;
    if (!copies_) return x - (d_.pad_before[0] * d_.in[1] + d_.pad_before[1]) * d_.in_channels;
    const Dim stride = row_stride();
    const Dim first = std::clamp<Dim>(d_.pad_before[1], 0, reach_[1]);
    const Dim last = std::clamp(d_.in[1] + d_.pad_before[1], first, reach_[1]);
    for (Dim r = 0; r < reach_[0]; ++r) {
      float* row = memory + r * stride;
      const Dim from = r - d_.pad_before[0];
      if (from < 0 || from >= d_.in[0]) {
        std::fill(row, row + stride, 0.0f);
        continue;
      }
      const float* source = x + (from * d_.in[1] - d_.pad_before[1]) * d_.in_channels;
      std::fill(row, row + first * d_.in_channels, 0.0f);
      std::copy(source + first * d_.in_channels, source + last * d_.in_channels,
                row + first * d_.in_channels);
      std::fill(row + last * d_.in_channels, row + stride, 0.0f);
    }
    return memory;
  }

 private:
  ConvDesc d_;
  Spatial reach_{1, 1, 1};
  bool copies_ = false;
};

}  // namespace rhyton::vector
