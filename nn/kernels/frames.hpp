#pragma once
/// @file frames.hpp  Signals cut into overlapping frames.
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Frame f of a signal holds x[f step + i - before], i < length; what lies outside is 0, or mirrored at the
/// signal's ends (without repeating them).
struct FramesDesc {
  Dim signals = 0, samples = 0;  ///< x (signals, samples)
  Dim frames = 0, length = 0;    ///< y (signals, frames, length)
  Dim step = 1, before = 0;
  bool mirrored = false;
};

void cut_frames(const FramesDesc& d, ConstView x, View y);
/// dx = the sum of the frames' gradients at each sample.
void cut_frames_backward(const FramesDesc& d, ConstView dy, View dx);

}  // namespace rhyton
