#include "layers/preprocessing/random_contrast.hpp"

namespace rhyton {

RandomContrast::RandomContrast(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

void RandomContrast::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  p.backward_reads(false, true);
  ops::prepare_random_factor(p, config_.data_format);
}

namespace {

/// Calls f(offset of a channel's first pixel, factor) for every channel of every image.
template <class T, class F>
void for_channels(const ops::ImageLayout& image, ConstView factors, F&& f) {
  for (Dim n = 0; n < image.batch; ++n)
    for (Dim o = 0; o < image.outer; ++o)
      for (Dim i = 0; i < image.inner; ++i)
        f((n * image.outer + o) * image.height * image.width * image.inner + i, factors.data<T>()[n]);
}

template <class T>
T mean(const ops::ImageLayout& image, const T* x) {
  T total = 0;
  const Dim pixels = image.height * image.width;
  for (Dim k = 0; k < pixels; ++k) total += x[k * image.inner];
  return total / static_cast<T>(pixels);
}

}  // namespace

void RandomContrast::call(Call& c) const {
  const ops::ImageLayout image(c.input().shape(), config_.data_format);
  const View factors = ops::draw_random_factor(c, config_.data_format, generator(c), 1.0 - config_.factor.low,
                                               1.0 + config_.factor.high);
  dispatch_real(c.real(), [&]<class T>(T) {
    for_channels<T>(image, factors, [&](Dim at, T factor) {
      const T* x = c.input().data<T>() + at;
      T* y = c.output().data<T>() + at;
      const T m = mean(image, x);
      for (Dim k = 0; k < image.height * image.width * image.inner; k += image.inner)
        y[k] = (x[k] - m) * factor + m;
    });
  });
  ops::clip(c.output(), config_.value_range.low, config_.value_range.high);
}

// dx = factor dz + (1 - factor) mean(dz)
void RandomContrast::backward(Backward& b) const {
  const ops::ImageLayout image(b.dx().shape(), config_.data_format);
  ops::clip_backward(b.output(), b.dy(), config_.value_range.low, config_.value_range.high, b.dx());
  dispatch_real(b.real(), [&]<class T>(T) {
    for_channels<T>(image, b.saved(), [&](Dim at, T factor) {
      T* dx = b.dx().data<T>() + at;
      const T m = (T(1) - factor) * mean(image, dx);
      for (Dim k = 0; k < image.height * image.width * image.inner; k += image.inner)
        dx[k] = dx[k] * factor + m;
    });
  });
}

}  // namespace rhyton
