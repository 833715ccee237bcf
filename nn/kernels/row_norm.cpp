#include <cmath>

#include "nn/kernels/lane_sum.hpp"
#include "nn/kernels/norm.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton {

namespace {

template <class T>
class RowNorm final : public RowNormKernel {
 public:
  explicit RowNorm(const RowNormDesc& desc) : d_(desc) {}
  const char* implementation() const override { return "rows"; }

  void forward(ConstView x, ConstView gamma, ConstView beta, View statistics, View y) override {
    const T* in = x.data<T>();
    const T* g = gamma ? gamma.data<T>() : nullptr;
    const T* b = beta ? beta.data<T>() : nullptr;
    T* kept = statistics ? statistics.data<T>() : nullptr;
    T* out = y.data<T>();
    parallel_for<T>(d_.rows, grain(), [&](Dim begin, Dim end) {
      for (Dim row = begin; row < end; ++row) {
        const Statistics s = measure(in + row * d_.size);
        if (kept) {
          kept[2 * row] = s.mean;
          kept[2 * row + 1] = s.scale;
        }
        normalize(in + row * d_.size, s, g, b, out + row * d_.size);
      }
    });
  }

  void backward(ConstView x, ConstView gamma, ConstView statistics, ConstView dy, View dx, GradTarget dgamma,
                GradTarget dbeta) override {
    const T* g = gamma ? gamma.data<T>() : nullptr;
    const bool sums = dgamma || dbeta;
    const Dim parts = part_count(d_.rows, grain()), width = 2 * d_.size;
    // Each part: totals, and short partial sums, so that rounding errors stay small.
    T* totals = sums ? scratch_.template get<T>(2 * parts * width) : nullptr;
    parallel_for<T>(parts, 1, [&](Dim first, Dim last) {
      for (Dim part = first; part < last; ++part) {
        T* total = sums ? totals + 2 * part * width : nullptr;
        if (sums) std::fill_n(total, 2 * width, T(0));
        const Dim begin = d_.rows * part / parts, end = d_.rows * (part + 1) / parts;
        for (Dim row = begin; row < end; ++row) {
          const Statistics s{statistics.data<T>()[2 * row], statistics.data<T>()[2 * row + 1]};
          const Dim at = row * d_.size;
          if (sums) add_weight_gradients(x.data<T>() + at, dy.data<T>() + at, s, total + width);
          if (dx) project(x.data<T>() + at, dy.data<T>() + at, g, s, dx.data<T>() + at);
          if (sums && ((row - begin) % run == run - 1 || row + 1 == end)) {
            for (Dim i = 0; i < width; ++i) total[i] += total[width + i];
            std::fill_n(total + width, width, T(0));
          }
        }
      }
    });
    for (Dim part = 1; part < parts && sums; ++part)
      for (Dim i = 0; i < width; ++i) totals[i] += totals[2 * part * width + i];
    if (dgamma) assign(dgamma, totals);
    if (dbeta) assign(dbeta, totals + d_.size);
  }

 private:
  struct Statistics {
    T mean, scale;
  };
  static constexpr Dim run = 256;

  Dim grain() const { return 1 + 8192 / std::max<Dim>(d_.size, 1); }
  /// What is subtracted before scaling.
  T center(const Statistics& s) const { return d_.kind == RowNormKind::layer ? s.mean : T(0); }

  Statistics measure(const T* x) const {
    const T n = static_cast<T>(d_.size), epsilon = static_cast<T>(d_.epsilon);
    if (d_.kind == RowNormKind::rms || d_.kind == RowNormKind::unit) {
      const T squares = simd::sum_of<T>(
          d_.size, [](const auto& v) { return v * v; }, x);
      return {T(0), T(1) / std::sqrt(d_.kind == RowNormKind::rms ? squares / n + epsilon
                                                                 : std::max(squares, epsilon))};
    }
    // From the first number on, so that a row of equal numbers has exactly these as its mean: what a small
    // epsilon would make of the rounding error is no longer small.
    const T first = d_.size > 0 ? x[0] : T(0);
    const T mean = first + simd::sum_of<T>(
                               d_.size, [first](const auto& v) { return v - first; }, x) /
                               n;
    const T variance = simd::sum_of<T>(
                           d_.size, [mean](const auto& v) { return (v - mean) * (v - mean); }, x) /
                       n;
    return {mean, T(1) / std::sqrt(variance + epsilon)};
  }

  void normalize(const T* x, const Statistics& s, const T* g, const T* b, T* y) const {
    const T m = center(s), r = s.scale;
    if (g && b)
      for (Dim i = 0; i < d_.size; ++i) y[i] = (x[i] - m) * r * g[i] + b[i];
    else if (g)
      for (Dim i = 0; i < d_.size; ++i) y[i] = (x[i] - m) * r * g[i];
    else if (b)
      for (Dim i = 0; i < d_.size; ++i) y[i] = (x[i] - m) * r + b[i];
    else
      for (Dim i = 0; i < d_.size; ++i) y[i] = (x[i] - m) * r;
  }

  /// sums: dgamma += dy y', then dbeta += dy.
  void add_weight_gradients(const T* x, const T* dy, const Statistics& s, T* sums) const {
    const T m = center(s), r = s.scale;
    for (Dim i = 0; i < d_.size; ++i) {
      sums[i] += dy[i] * ((x[i] - m) * r);
      sums[d_.size + i] += dy[i];
    }
  }

  /// dx = r (g - mean(g) - (x - m) r^2 mean(g (x - m))) with g = dy gamma; kinds that do not center leave
  /// out mean(g), and have the sum of g x in the place of that of g (x - m).
  void project(const T* x, const T* dy, const T* gamma, const Statistics& s, T* dx) const {
    const T m = center(s), r = s.scale, share = T(1) / static_cast<T>(d_.size);
    T dot, sum = 0;
    if (gamma) {
      dot = simd::sum_of<T>(
          d_.size, [m](const auto& v, const auto& d, const auto& g) { return d * g * (v - m); }, x, dy,
          gamma);
      if (d_.kind == RowNormKind::layer)
        sum = simd::sum_of<T>(
            d_.size, [](const auto& d, const auto& g) { return d * g; }, dy, gamma);
    } else {
      dot = simd::sum_of<T>(
          d_.size, [m](const auto& v, const auto& d) { return d * (v - m); }, x, dy);
      if (d_.kind == RowNormKind::layer)
        sum = simd::sum_of<T>(
            d_.size, [](const auto& d) { return d; }, dy);
    }
    T slope = dot * r * r * share;
    if (d_.kind == RowNormKind::unit) {
      // A row whose sum of squares was raised to epsilon is scaled by a constant.
      const bool raised = r >= T(1) / std::sqrt(static_cast<T>(d_.epsilon));
      slope = raised ? T(0) : dot * r * r;
    }
    const T mean = sum * share;
    if (gamma)
      for (Dim i = 0; i < d_.size; ++i) dx[i] = r * (dy[i] * gamma[i] - mean - (x[i] - s.mean) * slope);
    else
      for (Dim i = 0; i < d_.size; ++i) dx[i] = r * (dy[i] - mean - (x[i] - s.mean) * slope);
  }

  void assign(const GradTarget& target, const T* values) const {
    T* out = target.view.data<T>();
    for (Dim i = 0; i < d_.size; ++i) out[i] = target.accumulate ? out[i] + values[i] : values[i];
  }

  RowNormDesc d_;
  Scratch scratch_;
};

}  // namespace

std::unique_ptr<RowNormKernel> make_row_norm(const RowNormDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<RowNormKernel> {
    return std::make_unique<RowNorm<T>>(desc);
  });
}

}  // namespace rhyton
