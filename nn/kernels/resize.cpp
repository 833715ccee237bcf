#include "nn/kernels/resize.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "nn/error.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

double radius_of(Interpolation f) {
  switch (f) {
    case Interpolation::nearest:
      return 0.5;
    case Interpolation::bilinear:
      return 1.0;
    case Interpolation::bicubic:
      return 2.0;
    case Interpolation::lanczos3:
      return 3.0;
    case Interpolation::lanczos5:
      return 5.0;
  }
  return 1.0;
}

double lanczos(double x, double radius) {
  if (x >= radius) return 0.0;
  if (x < 1e-3) return 1.0;
  const double angle = std::numbers::pi * x;
  return radius * std::sin(angle) * std::sin(angle / radius) / (angle * angle);
}

/// The kernel's weight at a distance >= 0.
double weight_at(Interpolation f, double x) {
  switch (f) {
    case Interpolation::nearest:
      return 1.0;
    case Interpolation::bilinear:
      return std::max(0.0, 1.0 - x);
    case Interpolation::bicubic:
      if (x >= 2.0) return 0.0;
      return x < 1.0 ? (1.5 * x - 2.5) * x * x + 1.0 : ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0;
    case Interpolation::lanczos3:
    case Interpolation::lanczos5:
      return lanczos(x, radius_of(f));
  }
  return 0.0;
}

/// One dimension: output i is the sum of `taps` neighbours from first[i] on.
struct Axis {
  Axis(Dim in, Dim out, Interpolation f, bool antialias) : in(in), out(out) {
    const double ratio = static_cast<double>(in) / static_cast<double>(out);
    const double widening = antialias && f != Interpolation::nearest ? std::max(1.0, ratio) : 1.0;
    const double radius = radius_of(f) * widening;
    // None of an image without pixels, of which zeros are made.
    taps = std::min(in, f == Interpolation::nearest ? 1 : static_cast<Dim>(std::ceil(2.0 * radius)) + 1);
    first.resize(static_cast<std::size_t>(out));
    weights.assign(static_cast<std::size_t>(out * taps), 0.0);
    for (Dim i = 0; i < out; ++i) {
      double center = (static_cast<double>(i) + 0.5) * ratio;
      // TensorFlow, under Keras, takes Keys's kernel from a table of 1024 places between two pixels.
      if (f == Interpolation::bicubic && !antialias)
        center = std::nearbyint((center - 0.5) * 1024.0) / 1024.0 + 0.5;
      const Dim begin = f == Interpolation::nearest ? static_cast<Dim>(std::floor(center))
                                                    : static_cast<Dim>(std::ceil(center - radius - 0.5));
      const Dim start = std::clamp<Dim>(begin, 0, in - taps);
      first[static_cast<std::size_t>(i)] = start;
      double* w = weights.data() + i * taps;
      double sum = 0.0;
      for (Dim t = 0; t < taps; ++t)
        sum += w[t] = weight_at(f, std::abs(static_cast<double>(start + t) + 0.5 - center) / widening);
      for (Dim t = 0; t < taps; ++t) w[t] /= sum;
    }
  }

  Dim in, out, taps = 1;
  std::vector<Dim> first;
  std::vector<double> weights;
};

/// x (outer, in, inner) -> y (outer, out, inner).
template <class T>
void resample(const Axis& axis, const T* x, T* y, Dim outer, Dim inner) {
  if (axis.taps == 0) std::fill_n(y, outer * axis.out * inner, T{0});
  parallel_for<T>(outer * axis.out, 1 + 32768 / std::max<Dim>(inner * axis.taps, 1), [&](Dim begin, Dim end) {
    for (Dim r = begin; r < end; ++r) {
      const auto i = static_cast<std::size_t>(r % axis.out);
      const T* from = x + (r / axis.out * axis.in + axis.first[i]) * inner;
      T* to = y + r * inner;
      for (Dim t = 0; t < axis.taps; ++t, from += inner) {
        const T w = static_cast<T>(
            axis.weights[i * static_cast<std::size_t>(axis.taps) + static_cast<std::size_t>(t)]);
        if (t == 0)
          for (Dim k = 0; k < inner; ++k) to[k] = w * from[k];
        else
          for (Dim k = 0; k < inner; ++k) to[k] += w * from[k];
      }
    }
  });
}

/// The transposed map: y's gradient back to x's.
template <class T>
void resample_back(const Axis& axis, const T* dy, T* dx, Dim outer, Dim inner) {
  parallel_for<T>(outer, 1 + 32768 / std::max<Dim>(axis.out * inner, 1), [&](Dim begin, Dim end) {
    for (Dim o = begin; o < end; ++o) {
      T* target = dx + o * axis.in * inner;
      std::fill(target, target + axis.in * inner, T(0));
      for (Dim i = 0; i < axis.out; ++i) {
        const T* from = dy + (o * axis.out + i) * inner;
        T* to = target + axis.first[static_cast<std::size_t>(i)] * inner;
        for (Dim t = 0; t < axis.taps; ++t, to += inner) {
          const T w = static_cast<T>(axis.weights[static_cast<std::size_t>(i * axis.taps + t)]);
          for (Dim k = 0; k < inner; ++k) to[k] += w * from[k];
        }
      }
    }
  });
}

class Resize final : public ResizeKernel {
 public:
  explicit Resize(const ResizeDesc& d)
      : d_(d),
        height_(d.in[0], d.out[0], d.interpolation, d.antialias),
        width_(d.in[1], d.out[1], d.interpolation, d.antialias),
        outer_(d.channels_first ? d.batch * d.channels : d.batch),
        inner_(d.channels_first ? 1 : d.channels),
        between_(Tensor::uninitialized({outer_, d.in[0], d.out[1], inner_}, d.options.dtype)) {}

  void forward(ConstView x, View y) override {
    dispatch_real(d_.options.dtype, [&]<class T>(T) {
      T* between = between_.data<T>();
      resample(width_, x.data<T>(), between, outer_ * d_.in[0], inner_);
      resample(height_, between, y.data<T>(), outer_, d_.out[1] * inner_);
    });
  }

  void backward(ConstView dy, View dx) override {
    dispatch_real(d_.options.dtype, [&]<class T>(T) {
      T* between = between_.data<T>();
      resample_back(height_, dy.data<T>(), between, outer_, d_.out[1] * inner_);
      resample_back(width_, between, dx.data<T>(), outer_ * d_.in[0], inner_);
    });
  }

 private:
  ResizeDesc d_;
  Axis height_, width_;
  Dim outer_, inner_;
  Tensor between_;  ///< after the width, before the height
};

}  // namespace

Interpolation interpolation_from_string(const std::string& name) {
  if (name == "nearest") return Interpolation::nearest;
  if (name == "bilinear") return Interpolation::bilinear;
  if (name == "bicubic") return Interpolation::bicubic;
  if (name == "lanczos3") return Interpolation::lanczos3;
  if (name == "lanczos5") return Interpolation::lanczos5;
  throw ValueError(
      "`interpolation` should be one of \"nearest\", \"bilinear\", \"bicubic\", \"lanczos3\", \"lanczos5\". "
      "Received: interpolation=" +
      name + ".");
}

std::unique_ptr<ResizeKernel> make_resize(const ResizeDesc& desc) { return std::make_unique<Resize>(desc); }

}  // namespace rhyton
