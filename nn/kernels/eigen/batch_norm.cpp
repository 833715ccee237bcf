#include <cmath>

#include "nn/kernels/batch_norm_relu.hpp"
#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton::eigen {

namespace {

/// Per channel, y = f(x scale + shift): scale = gamma / sqrt(variance + epsilon), shift = beta - mean scale.
template <class T>
class BatchNorm final : public BatchNormReluKernel {
 public:
  explicit BatchNorm(const BatchNormDesc& desc) : d_(desc) {}

  void forward_training(ConstView x, ConstView gamma, ConstView beta, View mean, View variance,
                        View y) override {
    const T* in = x.data<T>();
    T* m = mean.data<T>();
    T* v = variance.data<T>();
    const T scale = T(1) / static_cast<T>(count());
    channel_sums(in, d_.outer, d_.channels, d_.inner, m, false);
    for (Dim c = 0; c < d_.channels; ++c) m[c] *= scale;
    sum_by_channel(d_.outer, d_.channels, d_.inner, v, false, [=](Dim i, Dim c) {
      const T difference = in[i] - m[c];
      return difference * difference;
    });
    for (Dim c = 0; c < d_.channels; ++c) v[c] *= scale;
    forward_inference(x, gamma, beta, mean, variance, y);
  }

  void forward_inference(ConstView x, ConstView gamma, ConstView beta, ConstView mean, ConstView variance,
                         View y) override {
    T* scale = scratch_.template get<T>(2 * d_.channels);
    T* shift = scale + d_.channels;
    const T* g = gamma ? gamma.data<T>() : nullptr;
    const T* b = beta ? beta.data<T>() : nullptr;
    for (Dim c = 0; c < d_.channels; ++c) {
      scale[c] = (g ? g[c] : T(1)) * inverse_deviation(variance.data<T>(), c);
      shift[c] = (b ? b[c] : T(0)) - mean.data<T>()[c] * scale[c];
    }
    const T* in = x.data<T>();
    T* out = y.data<T>();
    const bool relu = d_.activation == ActivationSpec{ActivationKind::relu};
    for_rows([&](Dim at, Dim n, auto&& channel) {
      if (relu)
        for (Dim i = 0; i < n; ++i)
          out[at + i] = std::max(in[at + i] * scale[channel(i)] + shift[channel(i)], T(0));
      else
        for (Dim i = 0; i < n; ++i) out[at + i] = in[at + i] * scale[channel(i)] + shift[channel(i)];
    });
    if (!relu && d_.activation.kind != ActivationKind::linear) activation_forward(d_.activation, y, y);
  }

  void backward(ConstView x, ConstView gamma, ConstView mean, ConstView variance, ConstView dz, bool frozen,
                View dx, GradTarget dgamma, GradTarget dbeta) override {
    const T* gradient = dz.data<T>();
    go_back(
        x, gamma, mean, variance, [=](Dim i) { return gradient[i]; }, frozen, dx, dgamma, dbeta);
  }

  void backward_relu(ConstView x, ConstView gamma, ConstView mean, ConstView variance, ConstView y,
                     ConstView dy, bool frozen, View dx, GradTarget dgamma, GradTarget dbeta) override {
    const T *gradient = dy.data<T>(), *out = y.data<T>();
    go_back(
        x, gamma, mean, variance,
        [=](Dim i) {
          const T g = gradient[i];  // read in any case, or the loop is not vectorized
          return out[i] > T(0) ? g : T(0);
        },
        frozen, dx, dgamma, dbeta);
  }

 private:
  /// dx = scale (dz - mean(dz) - xhat mean(dz xhat)) with the batch's moments, scale dz with given ones.
  template <class Dz>
  void go_back(ConstView x, ConstView gamma, ConstView mean, ConstView variance, Dz dz, bool frozen, View dx,
               GradTarget dgamma, GradTarget dbeta) {
    const T* in = x.data<T>();
    const T* m = mean.data<T>();
    const T* g = gamma ? gamma.data<T>() : nullptr;
    T* sums = scratch_.template get<T>(5 * d_.channels);
    T *dots = sums + d_.channels, *scale = dots + d_.channels, *slope = scale + d_.channels,
      *shift = slope + d_.channels;
    const bool moments = dx && !frozen;
    if (dgamma || moments)
      sums_by_channel<2, T>(d_.outer, d_.channels, d_.inner, {sums, dots}, false,
                            [=](Dim i, Dim c, auto k) { return k == 0 ? dz(i) : dz(i) * (in[i] - m[c]); });
    else if (dbeta)
      sum_by_channel(d_.outer, d_.channels, d_.inner, sums, false, [=](Dim i, Dim) { return dz(i); });
    const T share = T(1) / static_cast<T>(count());
    for (Dim c = 0; c < d_.channels; ++c) {
      const T deviation = inverse_deviation(variance.data<T>(), c);
      if (dgamma) assign(dgamma, c, dots[c] * deviation);
      if (dbeta) assign(dbeta, c, sums[c]);
      scale[c] = (g ? g[c] : T(1)) * deviation;
      if (!moments) continue;
      slope[c] = -scale[c] * deviation * deviation * dots[c] * share;
      shift[c] = -scale[c] * sums[c] * share;
    }
    if (!dx) return;
    T* out = dx.data<T>();
    for_rows([&](Dim at, Dim n, auto&& channel) {
      if (moments)
        for (Dim i = 0; i < n; ++i) {
          const Dim c = channel(i);
          out[at + i] = dz(at + i) * scale[c] + (in[at + i] - m[c]) * slope[c] + shift[c];
        }
      else
        for (Dim i = 0; i < n; ++i) out[at + i] = dz(at + i) * scale[channel(i)];
    });
  }

  Dim count() const { return std::max<Dim>(d_.outer * d_.inner, 1); }
  T inverse_deviation(const T* variance, Dim c) const {
    return T(1) / std::sqrt(variance[c] + static_cast<T>(d_.epsilon));
  }
  static void assign(const GradTarget& target, Dim c, T value) {
    T& element = target.view.data<T>()[c];
    element = target.accumulate ? element + value : value;
  }

  /// Calls `f(offset, length, channel of i)` on contiguous rows.
  template <class F>
  void for_rows(F&& f) const {
    const Dim rows = d_.inner == 1 ? d_.outer : d_.outer * d_.channels,
              n = d_.inner == 1 ? d_.channels : d_.inner;
    parallel_for<T>(rows, 1 + 16384 / std::max<Dim>(n, 1), [&](Dim begin, Dim end) {
      for (Dim r = begin; r < end; ++r) {
        const Dim c = r % std::max<Dim>(d_.channels, 1);
        if (d_.inner == 1)
          f(r * n, n, [](Dim i) { return i; });
        else
          f(r * n, n, [c](Dim) { return c; });
      }
    });
  }

  BatchNormDesc d_;
  Scratch scratch_;
};

}  // namespace

std::unique_ptr<BatchNormKernel> make_batch_norm(const BatchNormDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<BatchNormKernel> {
    return std::make_unique<BatchNorm<T>>(desc);
  });
}

}  // namespace rhyton::eigen

namespace rhyton {

std::unique_ptr<BatchNormReluKernel> make_batch_norm_relu(BatchNormDesc desc) {
  desc.activation = {ActivationKind::relu};
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<BatchNormReluKernel> {
    return std::make_unique<eigen::BatchNorm<T>>(desc);
  });
}

}  // namespace rhyton
