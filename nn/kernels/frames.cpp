#include "nn/kernels/frames.hpp"

namespace rhyton {

namespace {

/// Calls f(offset in x, offset in y) for every element of a frame that has a sample.
template <class F>
void for_samples(const FramesDesc& d, F&& f) {
  for (Dim s = 0; s < d.signals; ++s)
    for (Dim frame = 0; frame < d.frames; ++frame)
      for (Dim i = 0; i < d.length; ++i) {
        Dim at = frame * d.step + i - d.before;
        if (d.mirrored) {
          if (at < 0) at = -at;
          if (at >= d.samples) at = 2 * (d.samples - 1) - at;
        }
        if (at >= 0 && at < d.samples) f(s * d.samples + at, (s * d.frames + frame) * d.length + i);
      }
}

}  // namespace

void cut_frames(const FramesDesc& d, ConstView x, View y) {
  fill(y, 0.0);
  dispatch_real(y.dtype(), [&]<class T>(T) {
    for_samples(d, [&](Dim from, Dim to) { y.data<T>()[to] = x.data<T>()[from]; });
  });
}

void cut_frames_backward(const FramesDesc& d, ConstView dy, View dx) {
  fill(dx, 0.0);
  dispatch_real(dx.dtype(), [&]<class T>(T) {
    for_samples(d, [&](Dim to, Dim from) { dx.data<T>()[to] += dy.data<T>()[from]; });
  });
}

}  // namespace rhyton
