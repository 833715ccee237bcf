#pragma once
/// @file random_pixels.hpp  Random changes of pixels as steps: colours as hue, saturation and value, small
/// filters, and boxes.
#include <cmath>

#include "nn/ops/colour_op.hpp"
#include "nn/ops/scratch.hpp"

namespace rhyton::ops {

/// Base of layers that change images in training, by `Derived::numbers` numbers an image that they save.
/// Derived has `data_format` among its arguments.
template <class Derived, class ConfigT>
class RandomPixelLayer : public RandomImageLayer<Derived, ConfigT> {
 public:
  using RandomImageLayer<Derived, ConfigT>::RandomImageLayer;
  void prepare(Prepare& p) const override {
    if (!p.training()) return p.alias();
    p.backward_reads(true, true);
    prepare_image_numbers(p, this->config_.data_format, Derived::numbers);
  }

 protected:
  /// For layers that need memory beside the numbers, in pieces of these sizes.
  void prepare_with(Prepare& p, std::initializer_list<Dim> sizes) const {
    RandomPixelLayer::prepare(p);
    if (!p.training()) return;
    const Dim images = ImageLayout(p.input().shape, this->config_.data_format).batch;
    std::size_t bytes = padded(images * Derived::numbers, p.options().dtype);
    for (const Dim size : sizes) bytes += padded(size, p.options().dtype);
    p.scratch(bytes);
  }
  /// That memory.
  template <class Context>
  Pieces pieces(const Context& c) const {
    Pieces out(c.scratch());
    out.take({layout(c.input()).batch, Derived::numbers}, c.real());
    return out;
  }
  ImageLayout layout(ConstView x) const { return {x.shape(), this->config_.data_format}; }
  /// `draw(rng, row)` for every image.
  template <class Draw>
  View draw(const Call& c, Draw&& draw) const {
    const View rows = detail::per_image(c, layout(c.input()).batch, Derived::numbers);
    Rng rng = this->generator(c);
    dispatch_real(c.real(), [&]<class T>(T) {
      for (Dim n = 0; n < rows.shape()[0]; ++n) draw(rng, rows.data<T>() + n * Derived::numbers);
    });
    return rows;
  }
};

/// A number and its slopes along red, green and blue.
template <class T>
struct Slope {
  T v = 0;
  std::array<T, 3> d{};
  Slope() = default;
  Slope(T value) : v(value) {}
  static Slope variable(T value, std::size_t k) {
    Slope out(value);
    out.d[k] = 1;
    return out;
  }
  friend Slope operator+(Slope a, const Slope& b) { return each(a, b, a.v + b.v, T(1), T(1)); }
  friend Slope operator-(Slope a, const Slope& b) { return each(a, b, a.v - b.v, T(1), T(-1)); }
  friend Slope operator*(Slope a, const Slope& b) { return each(a, b, a.v * b.v, b.v, a.v); }
  friend Slope operator/(Slope a, const Slope& b) {
    return each(a, b, a.v / b.v, 1 / b.v, -a.v / (b.v * b.v));
  }

 private:
  static Slope each(Slope a, const Slope& b, T value, T da, T db) {
    a.v = value;
    for (std::size_t k = 0; k < 3; ++k) a.d[k] = da * a.d[k] + db * b.d[k];
    return a;
  }
};
template <class T>
T value_of(const Slope<T>& x) {
  return x.v;
}
inline float value_of(float x) { return x; }
inline double value_of(double x) { return x; }

template <class N>
N limited(const N& x, double low, double high) {
  using T = decltype(value_of(x));
  const T value = value_of(x);
  return value < static_cast<T>(low)    ? N(static_cast<T>(low))
         : value > static_cast<T>(high) ? N(static_cast<T>(high))
                                        : x;
}

/// Keras's `rgb_to_hsv` and its inverse, for one pixel.
template <class N>
std::array<N, 3> to_hsv(std::array<N, 3> x) {
  using T = decltype(value_of(x[0]));
  for (N& colour : x)
    if (std::abs(value_of(colour)) < std::numeric_limits<T>::epsilon()) colour = N(T(0));
  const auto [r, g, b] = x;
  std::size_t most = 0, least = 0;
  for (std::size_t k = 1; k < 3; ++k) {
    if (value_of(x[k]) > value_of(x[most])) most = k;
    if (value_of(x[k]) < value_of(x[least])) least = k;
  }
  const N value = x[most], range = value - x[least];
  const bool flat = !(value_of(range) > 0);
  const N saturation = value_of(value) > 0 ? range / value : N(T(0));
  N hue(T(0));
  if (!flat) {
    const N norm = N(T(1)) / (N(T(6)) * range);
    if (most == 0)
      hue = norm * (g - b);
    else if (most == 1)
      hue = norm * (b - r) + N(T(2) / T(6));
    else
      hue = norm * (r - g) + N(T(4) / T(6));
    if (value_of(hue) < 0) hue = hue + N(T(1));
  }
  return {hue, saturation, value};
}

template <class N>
std::array<N, 3> to_rgb(const std::array<N, 3>& x) {
  using T = decltype(value_of(x[0]));
  const auto [hue, saturation, value] = x;
  const N h = N(T(6)) * (hue - N(std::floor(value_of(hue))));
  const auto distance = [&](double from) {
    const N d = h - N(static_cast<T>(from));
    return value_of(d) < 0 ? N(T(0)) - d : d;
  };
  const N share[3] = {limited(distance(3) - N(T(1)), 0, 1), limited(N(T(2)) - distance(2), 0, 1),
                      limited(N(T(2)) - distance(4), 0, 1)};
  std::array<N, 3> out;
  for (std::size_t k = 0; k < 3; ++k) out[k] = value * (N(T(1)) - saturation + saturation * share[k]);
  return out;
}

/// y = f(n, pixel) for the three colours of every pixel of image n; f is generic in the type of its numbers.
template <class F>
void map_pixels(ConstView x, DataFormat format, View y, F&& f) {
  dispatch_real(x.dtype(), [&]<class T>(T) {
    for_colours(x.shape(), format, [&](Dim n, const std::array<Dim, 3>& at) {
      const T* in = x.data<T>();
      const auto out = f(n, std::array<T, 3>{in[at[0]], in[at[1]], in[at[2]]});
      for (std::size_t k = 0; k < 3; ++k) y.data<T>()[at[k]] = out[k];
    });
  });
}
template <class F>
void map_pixels_backward(ConstView x, DataFormat format, ConstView dy, View dx, F&& f) {
  dispatch_real(x.dtype(), [&]<class T>(T) {
    for_colours(x.shape(), format, [&](Dim n, const std::array<Dim, 3>& at) {
      std::array<Slope<T>, 3> in;
      for (std::size_t k = 0; k < 3; ++k) in[k] = Slope<T>::variable(x.data<T>()[at[k]], k);
      const auto out = f(n, in);
      for (std::size_t k = 0; k < 3; ++k) {
        T sum = 0;
        for (std::size_t j = 0; j < 3; ++j) sum += out[j].d[k] * dy.data<T>()[at[j]];
        dx.data<T>()[at[k]] = sum;
      }
    });
  });
}

/// y[i, j] = the sum of kernel[a, b] x[i + a - rows / 2, j + b - columns / 2] for every channel of every
/// image, zeros around. `flipped`: the transpose, its gradient. `rows`, `columns` are odd.
void filter_images(ConstView x, DataFormat format, ConstView kernel, bool flipped, View y);

/// A box in an image, in pixels; a pixel is inside from `x0` and up to `x1`.
template <class T>
struct PixelBox {
  T x0, x1, y0, y1;
  bool holds(Dim row, Dim column) const {
    const T r = static_cast<T>(row), c = static_cast<T>(column);
    return c >= x0 && c < x1 && r >= y0 && r < y1;
  }
};
/// Sides of sqrt(`width_share`) and sqrt(`height_share`) of the image, anywhere in it.
template <class T>
PixelBox<T> draw_box(Rng& rng, const ImageLayout& image, double width_share, double height_share) {
  const auto side = [&](Dim length, double share) {
    const double size = std::sqrt(share) * static_cast<double>(length);
    const double start = rng.uniform() * (static_cast<double>(length) - size);
    return std::pair(static_cast<T>(start), static_cast<T>(start + size));
  };
  const auto [x0, x1] = side(image.width, width_share);
  const auto [y0, y1] = side(image.height, height_share);
  return {x0, x1, y0, y1};
}

/// A random order of 0 to n - 1 (Fisher and Yates), in steps of memory.
template <class T>
void draw_order(Rng& rng, T* out, Dim n, Dim step) {
  for (Dim i = 0; i < n; ++i) out[i * step] = static_cast<T>(i);
  for (Dim i = n; i > 1; --i)
    std::swap(out[(i - 1) * step], out[static_cast<Dim>(rng.below(static_cast<std::uint64_t>(i))) * step]);
}

/// From the beta distribution with both parameters `alpha`, as a ratio of gamma variables (Marsaglia and
/// Tsang, 2000).
double draw_beta(Rng& rng, double alpha);
/// From the Dirichlet distribution with all parameters `alpha`: shares that sum to 1.
void draw_dirichlet(Rng& rng, double alpha, View shares);

/// f(image, offset, row, column) for every element.
template <class F>
void for_elements(const ImageLayout& image, F&& f) {
  Dim at = 0;
  for (Dim n = 0; n < image.batch; ++n)
    for (Dim o = 0; o < image.outer; ++o)
      for (Dim r = 0; r < image.height; ++r)
        for (Dim c = 0; c < image.width; ++c)
          for (Dim i = 0; i < image.inner; ++i) f(n, at++, r, c);
}

}  // namespace rhyton::ops
