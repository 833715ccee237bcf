#include "layers/preprocessing/random_gaussian_blur.hpp"

namespace rhyton {

namespace {
constexpr Dim most_taps = 1023;
}

RandomGaussianBlur::RandomGaussianBlur(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  config_.sigma = ops::resolve_factor(*this, config_.sigma, "sigma", 0, 1);
  for (const Dim size : {config_.kernel_size[0], config_.kernel_size[1]})
    if (size <= 0 || size % 2 == 0 || size > most_taps)
      fail("`kernel_size` must be odd and positive, and not above {}. Received: kernel_size={}.", most_taps,
           size);
}

namespace {

/// The window as Keras makes it: an outer product of two bells, read in the kernel's shape.
template <class T>
void fill_window(View window, const T* sigma) {
  const Dim sizes[] = {window.shape()[0], window.shape()[1]};
  const auto bell = [&](std::size_t k, Dim i) {
    const T x = (static_cast<T>(i) - static_cast<T>(sizes[k] - 1) / T(2)) / sigma[k];
    return std::exp(T(-0.5) * x * x);
  };
  T sums[] = {0, 0};
  for (std::size_t k = 0; k < 2; ++k)
    for (Dim i = 0; i < sizes[k]; ++i) sums[k] += bell(k, i);
  for (Dim i = 0; i < window.size(); ++i)
    window.data<T>()[i] = bell(1, i / sizes[0]) / sums[1] * (bell(0, i % sizes[0]) / sums[0]);
}

}  // namespace

void RandomGaussianBlur::prepare(Prepare& p) const {
  prepare_with(p, {config_.kernel_size[0] * config_.kernel_size[1], p.input().shape.size()});
}

// Of each image: whether it is blurred, and the two widths, which are those of all images.
void RandomGaussianBlur::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  std::array<double, 2> widths{};
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    for (double& width : widths)
      if (width == 0.0) width = ops::draw_uniform(rng, config_.sigma.low, config_.sigma.high) + 1e-6;
    const double probability = ops::draw_uniform(rng, config_.factor.low, config_.factor.high);
    row[0] = rng.uniform() < probability ? T(1) : T(0);
    for (std::size_t k = 0; k < 2; ++k) row[k + 1] = static_cast<T>(widths[k]);
  });
  dispatch_real(c.real(), [&]<class T>(T) {
    const View kernel = pieces(c).take({config_.kernel_size[0], config_.kernel_size[1]}, c.real());
    fill_window(kernel, drawn.data<T>() + 1);
    ops::filter_images(c.input(), config_.data_format, kernel, false, c.output());
    for (Dim i = 0; i < c.input().size(); ++i)
      if (drawn.data<T>()[i / image.sample() * numbers] == T(0))
        c.output().data<T>()[i] = c.input().data<T>()[i];
  });
  ops::clip(c.output(), config_.value_range.low, config_.value_range.high);
}

void RandomGaussianBlur::backward(Backward& b) const {
  const ops::ImageLayout image = layout(b.input());
  ops::Pieces memory = pieces(b);
  const View kernel = memory.take({config_.kernel_size[0], config_.kernel_size[1]}, b.real());
  const View dz = memory.take(b.dy().shape(), b.real());
  ops::clip_backward(b.output(), b.dy(), config_.value_range.low, config_.value_range.high, dz);
  dispatch_real(b.real(), [&]<class T>(T) {
    fill_window(kernel, b.saved().data<T>() + 1);
    ops::filter_images(dz, config_.data_format, kernel, true, b.dx());
    for (Dim i = 0; i < b.dx().size(); ++i)
      if (b.saved().data<T>()[i / image.sample() * numbers] == T(0)) b.dx().data<T>()[i] = dz.data<T>()[i];
  });
}

}  // namespace rhyton
