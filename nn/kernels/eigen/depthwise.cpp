#include <cstring>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/geometry.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton::eigen {

namespace {

/// Depthwise convolution: output channel c * multiplier + m sees input channel c alone.
template <class T>
class Depthwise final : public ConvKernel {
 public:
  explicit Depthwise(const ConvDesc& desc)
      : d_(desc),
        g_(desc, desc.kernel, desc.in_channels, desc.filters),
        multiplier_(desc.filters / std::max<Dim>(desc.in_channels, 1)) {}

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    T* out = y.data<T>();
    parallel_for<T>(d_.batch * g_.out_pixels, 1 + 16384 / std::max<Dim>(1, g_.taps * d_.filters),
                    [&](Dim begin, Dim end) {
                      for (Dim i = begin; i < end; ++i) {
                        const Dim image = i / g_.out_pixels, pixel = i % g_.out_pixels;
                        forward_pixel(x.data<T>() + image * g_.x_image, w.data<T>(), pixel,
                                      out + image * g_.y_image + pixel * g_.y_pixel);
                      }
                    });
    finish_channels<T>(d_.activation, out, b ? b.data<T>() : nullptr, z ? z.data<T>() : nullptr,
                       d_.channels_first ? d_.batch : d_.batch * g_.out_pixels, d_.filters,
                       d_.channels_first ? g_.out_pixels : 1);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const T* gradient = dz.data<T>();
    if (dx)
      parallel_for<T>(d_.batch, 1, [&](Dim begin, Dim end) {
        for (Dim image = begin; image < end; ++image)
          backward_data(w.data<T>(), gradient + image * g_.y_image, dx.data<T>() + image * g_.x_image);
      });
    if (dw) backward_weights(x.data<T>(), gradient, dw);
    if (db)
      channel_sums(gradient, d_.channels_first ? d_.batch : d_.batch * g_.out_pixels, d_.filters,
                   d_.channels_first ? g_.out_pixels : Dim{1}, db.view.data<T>(), db.accumulate);
  }

 private:
  /// Calls `f(weight index, y offset, x offset)` for the channels of one tap; the plain case is left to
  /// vectorize.
  template <class F>
  void for_channels(F&& f) const {
    if (!d_.channels_first && multiplier_ == 1) {
      for (Dim c = 0; c < d_.filters; ++c) f(c, c, c);
      return;
    }
    for (Dim c = 0; c < d_.in_channels; ++c)
      for (Dim m = 0; m < multiplier_; ++m) {
        const Dim filter = c * multiplier_ + m;
        f(filter, filter * g_.y_channel, c * g_.x_channel);
      }
  }

  void forward_pixel(const T* image, const T* w, Dim pixel, T* y) const {
    for_channels([&](Dim, Dim to, Dim) { y[to] = 0; });
    g_.for_taps(pixel, [&](Dim tap, Dim source) {
      const T* x = image + source * g_.x_pixel;
      const T* k = w + tap * d_.filters;
      for_channels([&](Dim filter, Dim to, Dim from) { y[to] += x[from] * k[filter]; });
    });
  }

  void backward_data(const T* w, const T* dz, T* dx) const {
    std::fill(dx, dx + g_.x_image, T(0));
    for (Dim pixel = 0; pixel < g_.out_pixels; ++pixel)
      g_.for_taps(pixel, [&](Dim tap, Dim source) {
        T* target = dx + source * g_.x_pixel;
        const T* k = w + tap * d_.filters;
        const T* gradient = dz + pixel * g_.y_pixel;
        for_channels([&](Dim filter, Dim at, Dim to) { target[to] += gradient[at] * k[filter]; });
      });
  }

  void backward_weights(const T* x, const T* dz, GradTarget dw) {
    const Dim size = g_.taps * d_.filters, parts = std::max<Dim>(1, std::min<Dim>(get_threads(), d_.batch));
    T* partial = partial_.template get<T>(parts * size);
    std::fill(partial, partial + parts * size, T(0));
    parallel_for<T>(parts, 1, [&](Dim part_begin, Dim part_end) {
      for (Dim p = part_begin; p < part_end; ++p)
        for (Dim image = d_.batch * p / parts; image < d_.batch * (p + 1) / parts; ++image)
          for (Dim pixel = 0; pixel < g_.out_pixels; ++pixel)
            g_.for_taps(pixel, [&](Dim tap, Dim source) {
              const T* from = x + image * g_.x_image + source * g_.x_pixel;
              const T* gradient = dz + image * g_.y_image + pixel * g_.y_pixel;
              T* target = partial + p * size + tap * d_.filters;
              for_channels([&](Dim filter, Dim at, Dim in) { target[filter] += gradient[at] * from[in]; });
            });
    });
    T* out = dw.view.data<T>();
    if (!dw.accumulate) std::fill(out, out + size, T(0));
    for (Dim p = 0; p < parts; ++p)
      for (Dim i = 0; i < size; ++i) out[i] += partial[p * size + i];
  }

  ConvDesc d_;
  Geometry g_;
  Dim multiplier_;
  Scratch partial_;
};

}  // namespace

std::unique_ptr<ConvKernel> make_depthwise(const ConvDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<ConvKernel> {
    return std::make_unique<Depthwise<T>>(desc);
  });
}

}  // namespace rhyton::eigen
