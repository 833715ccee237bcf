#include "layers/preprocessing/auto_contrast.hpp"

#include <algorithm>
#include <cmath>

namespace rhyton {

AutoContrast::AutoContrast(Config config) : LayerOf(std::move(config)) {
  config_.value_range = ops::ordered_range(config_.value_range);
}

Shapes AutoContrast::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_images(*this, input_shapes);
  return input_shapes;
}

void AutoContrast::prepare(Prepare& p) const { p.backward_reads(true, false); }

namespace {

/// Calls f(first offset, end, step, least, most) for every channel of every image, in the range 0 to 255.
template <class T, class F>
void for_channels(ConstView x, const ops::ValueRange& range, F&& f) {
  const Dim channels = x.shape().back();
  const Dim images = x.shape().rank() > 3 ? x.shape()[0] : 1;
  const Dim size = images > 0 ? x.size() / images : 0;
  for (Dim image = 0; image < images; ++image)
    for (Dim channel = 0; channel < channels; ++channel) {
      const Dim first = image * size + channel, end = (image + 1) * size;
      T low = range.to_255(x.data<T>()[first]), high = low;
      for (Dim i = first; i < end; i += channels) {
        const T v = range.to_255(x.data<T>()[i]);
        low = std::min(low, v);
        high = std::max(high, v);
      }
      f(first, end, channels, low, high);
    }
}

}  // namespace

// y = clip(255 (v - low) / (high - low), 0, 255), v = x in the range 0 to 255
void AutoContrast::call(Call& c) const {
  const ops::ValueRange range(config_.value_range);
  dispatch_real(c.real(), [&]<class T>(T) {
    const T* x = c.input().data<T>();
    T* y = c.output().data<T>();
    for_channels<T>(c.input(), range, [&](Dim first, Dim end, Dim step, T low, T high) {
      const T scale = T(255) / (high - low), offset = -low * scale;
      for (Dim i = first; i < end; i += step)
        y[i] = high == low ? x[i]
                           : range.from_255(std::clamp(range.to_255(x[i]) * scale + offset, T(0), T(255)));
    });
  });
}

// With s = 255 / (high - low): ds = sum dy (v - low), and s = s(low, high). Equal extremes share.
void AutoContrast::backward(Backward& b) const {
  const ops::ValueRange range(config_.value_range);
  dispatch_real(b.real(), [&]<class T>(T) {
    const T *x = b.input().data<T>(), *dy = b.dy().data<T>();
    T* dx = b.dx().data<T>();
    for_channels<T>(b.input(), range, [&](Dim first, Dim end, Dim step, T low, T high) {
      const T scale = T(255) / (high - low);
      T sum = 0, turned = 0, lowest = 0, highest = 0;
      for (Dim i = first; i < end; i += step) {
        const T v = range.to_255(x[i]);
        sum += dy[i];
        turned += dy[i] * (v - low) / (high - low);
        lowest += v == low;
        highest += v == high;
      }
      for (Dim i = first; i < end; i += step) {
        const T v = range.to_255(x[i]);
        T d = dy[i];
        if (v == low) d += (turned - sum) / lowest;
        if (v == high) d -= turned / highest;
        dx[i] = high == low ? dy[i] : d * scale;
      }
    });
  });
}

}  // namespace rhyton
