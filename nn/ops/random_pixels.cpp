#include "nn/ops/random_pixels.hpp"

namespace rhyton::ops {

void filter_images(ConstView x, DataFormat format, ConstView kernel, bool flipped, View y) {
  const ImageLayout image(x.shape(), format);
  const Dim rows = kernel.shape()[0], columns = kernel.shape()[1];
  dispatch_real(x.dtype(), [&]<class T>(T) {
    const T* k = kernel.data<T>();
    const Dim plane = image.height * image.width * image.inner, line = image.width * image.inner;
    for_elements(image, [&](Dim n, Dim at, Dim r, Dim c) {
      const Dim within = (at - n * image.sample()) % plane, channel = within % image.inner;
      const T* from = x.data<T>() + (at - within) + channel;
      T sum = 0;
      for (Dim a = 0; a < rows; ++a)
        for (Dim b = 0; b < columns; ++b) {
          const Dim da = a - rows / 2, db = b - columns / 2;
          const Dim i = flipped ? r - da : r + da, j = flipped ? c - db : c + db;
          if (i < 0 || i >= image.height || j < 0 || j >= image.width) continue;
          sum += k[a * columns + b] * from[i * line + j * image.inner];
        }
      y.data<T>()[at] = sum;
    });
  });
}

namespace {

double draw_normal(Rng& rng) {
  constexpr double turn = 6.283185307179586;
  const double u = 1.0 - rng.uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(turn * rng.uniform());
}

/// The logarithm of a gamma variable: small shapes give numbers too small to hold.
double draw_log_gamma(Rng& rng, double shape) {
  const double boost = shape < 1.0 ? std::log(1.0 - rng.uniform()) / shape : 0.0;
  const double d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = draw_normal(rng), v = std::pow(1.0 + c * x, 3);
    if (!(v > 0.0)) continue;
    const double u = 1.0 - rng.uniform();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v) + boost;
  }
}

}  // namespace

double draw_beta(Rng& rng, double alpha) {
  const double a = draw_log_gamma(rng, alpha), b = draw_log_gamma(rng, alpha);
  return 1.0 / (1.0 + std::exp(b - a));
}

void draw_dirichlet(Rng& rng, double alpha, View shares) {
  dispatch_real(shares.dtype(), [&]<class T>(T) {
    T* share = shares.data<T>();
    double sum = 0.0, most = -INFINITY;
    for (Dim i = 0; i < shares.size(); ++i) {
      share[i] = static_cast<T>(draw_log_gamma(rng, alpha));
      most = std::max(most, static_cast<double>(share[i]));
    }
    for (Dim i = 0; i < shares.size(); ++i) sum += std::exp(static_cast<double>(share[i]) - most);
    for (Dim i = 0; i < shares.size(); ++i)
      share[i] = static_cast<T>(std::exp(static_cast<double>(share[i]) - most) / sum);
  });
}

}  // namespace rhyton::ops
