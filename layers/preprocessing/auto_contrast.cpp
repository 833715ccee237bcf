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

void AutoContrast::prepare(Prepare& p) const { p.backward_reads(false, false); }

// y = clip(255 (v - low) / (high - low), 0, 255), v = x in the range 0 to 255
void AutoContrast::call(Call& c) const {
  const ConstView x = c.input();
  const View y = c.output();
  const Dim channels = x.shape().back();
  const Dim images = x.shape().rank() > 3 ? x.shape()[0] : 1;
  const Dim size = images > 0 ? x.size() / images : 0;
  const ops::ValueRange range(config_.value_range);
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim image = 0; image < images; ++image)
      for (Dim channel = 0; channel < channels; ++channel) {
        const Dim first = image * size + channel, end = (image + 1) * size;
        T low = range.to_255(x.data<T>()[first]), high = low;
        for (Dim i = first; i < end; i += channels) {
          const T v = range.to_255(x.data<T>()[i]);
          low = std::min(low, v);
          high = std::max(high, v);
        }
        const T scale = T(255) / (high - low), offset = -low * scale;
        for (Dim i = first; i < end; i += channels) {
          const T v = x.data<T>()[i];
          y.data<T>()[i] =
              high == low ? v : range.from_255(std::clamp(range.to_255(v) * scale + offset, T(0), T(255)));
        }
      }
  });
}

}  // namespace rhyton
