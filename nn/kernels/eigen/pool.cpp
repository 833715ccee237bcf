#include <cstring>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/geometry.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton::eigen {

namespace {

/// Max and average pooling. For max, `argmax` holds for each element of y the tap that won, in `Tap` (one
/// byte where the window allows it).
template <class T, class Tap>
class Pool final : public PoolKernel {
 public:
  explicit Pool(const PoolDesc& desc) : d_(desc), g_(desc, desc.window, desc.channels, desc.channels) {}

  std::size_t argmax_bytes() const override {
    if (d_.kind != PoolKind::max || !d_.options.training) return 0;
    return static_cast<std::size_t>(d_.batch * g_.y_image) * sizeof(Tap);
  }

  void forward(ConstView x, View y, void* argmax) override {
    Tap* taps = argmax_bytes() > 0 ? static_cast<Tap*>(argmax) : nullptr;
    for_pixels([&](Dim image, Dim pixel) {
      const Dim at = image * g_.y_image + pixel * g_.y_pixel;
      const T* from = x.data<T>() + image * g_.x_image;
      if (d_.kind == PoolKind::average)
        average_pixel(from, pixel, y.data<T>() + at);
      else
        max_pixel(from, pixel, y.data<T>() + at, taps != nullptr ? taps + at : nullptr);
    });
  }

  void backward(ConstView dy, const void* argmax, View dx) override {
    parallel_for<T>(d_.batch, 1, [&](Dim begin, Dim end) {
      T* out = dx.data<T>();
      std::fill(out + begin * g_.x_image, out + end * g_.x_image, T(0));
      for (Dim image = begin; image < end; ++image)
        for (Dim pixel = 0; pixel < g_.out_pixels; ++pixel) {
          const Dim at = image * g_.y_image + pixel * g_.y_pixel;
          const T* gradient = dy.data<T>() + at;
          T* to = out + image * g_.x_image;
          if (d_.kind == PoolKind::average)
            average_backward(gradient, pixel, to);
          else
            max_backward(gradient, static_cast<const Tap*>(argmax) + at, pixel, to);
        }
    });
  }

 private:
  template <class F>
  void for_pixels(F&& f) const {
    parallel_for<T>(d_.batch * g_.out_pixels, 1 + 16384 / std::max<Dim>(1, g_.taps * d_.channels),
                    [&](Dim begin, Dim end) {
                      for (Dim i = begin; i < end; ++i) f(i / g_.out_pixels, i % g_.out_pixels);
                    });
  }

  Dim count(Dim pixel) const {
    Dim n = 0;
    g_.for_taps(pixel, [&](Dim, Dim) { ++n; });
    return std::max<Dim>(n, 1);
  }

  void average_pixel(const T* image, Dim pixel, T* y) const {
    const T scale = T(1) / static_cast<T>(count(pixel));
    for (Dim c = 0; c < d_.channels; ++c) y[c * g_.y_channel] = 0;
    g_.for_taps(pixel, [&](Dim, Dim source) {
      const T* x = image + source * g_.x_pixel;
      if (d_.channels_first)
        for (Dim c = 0; c < d_.channels; ++c) y[c * g_.y_channel] += x[c * g_.x_channel];
      else
        for (Dim c = 0; c < d_.channels; ++c) y[c] += x[c];
    });
    for (Dim c = 0; c < d_.channels; ++c) y[c * g_.y_channel] *= scale;
  }

  void average_backward(const T* dy, Dim pixel, T* dx) const {
    const T scale = T(1) / static_cast<T>(count(pixel));
    g_.for_taps(pixel, [&](Dim, Dim source) {
      T* to = dx + source * g_.x_pixel;
      for (Dim c = 0; c < d_.channels; ++c) to[c * g_.x_channel] += scale * dy[c * g_.y_channel];
    });
  }

  void max_pixel(const T* image, Dim pixel, T* y, Tap* taps) const {
    bool first = true;
    g_.for_taps(pixel, [&](Dim tap, Dim source) {
      const T* x = image + source * g_.x_pixel;
      for (Dim c = 0; c < d_.channels; ++c) {
        const T v = x[c * g_.x_channel];
        if (!first && !(v > y[c * g_.y_channel])) continue;
        y[c * g_.y_channel] = v;
        if (taps != nullptr) taps[c * g_.y_channel] = static_cast<Tap>(tap);
      }
      first = false;
    });
    if (first)
      for (Dim c = 0; c < d_.channels; ++c) y[c * g_.y_channel] = -std::numeric_limits<T>::infinity();
  }

  void max_backward(const T* dy, const Tap* taps, Dim pixel, T* dx) const {
    g_.for_taps(pixel, [&](Dim tap, Dim source) {
      T* to = dx + source * g_.x_pixel;
      for (Dim c = 0; c < d_.channels; ++c)
        if (taps[c * g_.y_channel] == static_cast<Tap>(tap)) to[c * g_.x_channel] += dy[c * g_.y_channel];
    });
  }

  PoolDesc d_;
  Geometry g_;
};

}  // namespace

std::unique_ptr<PoolKernel> make_pool(const PoolDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<PoolKernel> {
    if (volume(desc.window, desc.rank) <= 256) return std::make_unique<Pool<T, std::uint8_t>>(desc);
    return std::make_unique<Pool<T, std::int32_t>>(desc);
  });
}

}  // namespace rhyton::eigen
