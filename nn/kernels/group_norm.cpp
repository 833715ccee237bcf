#include <cmath>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/norm.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton {

namespace {

/// A sample after the other; the loops over one sample are shared out to threads.
template <class T>
class GroupNorm final : public GroupNormKernel {
 public:
  explicit GroupNorm(const GroupNormDesc& desc) : d_(desc) {}
  const char* implementation() const override { return "groups"; }

  void forward(ConstView x, ConstView gamma, ConstView beta, View statistics, View y) override {
    const T* g = gamma ? gamma.data<T>() : nullptr;
    const T* b = beta ? beta.data<T>() : nullptr;
    T* mean = scratch_.template get<T>(4 * d_.channels);
    T *sums = mean + d_.channels, *scale = sums + d_.channels, *shift = scale + d_.channels;
    for (Dim n = 0; n < d_.batch; ++n) {
      const T* in = x.data<T>() + n * sample();
      channel_sums(in, d_.outer, d_.channels, d_.inner, sums, false);
      average_groups(sums, mean);
      sum_by_channel(d_.outer, d_.channels, d_.inner, sums, false, [=](Dim i, Dim c) {
        const T difference = in[i] - mean[c];
        return difference * difference;
      });
      average_groups(sums, scale);
      for (Dim c = 0; c < d_.channels; ++c) {
        const T r = T(1) / std::sqrt(scale[c] + static_cast<T>(d_.epsilon));
        if (statistics && c % per_group() == 0) {
          T* kept = statistics.data<T>() + 2 * (n * d_.groups + c / per_group());
          kept[0] = mean[c];
          kept[1] = r;
        }
        scale[c] = g ? r * g[c] : r;
        shift[c] = b ? b[c] : T(0);
      }
      T* out = y.data<T>() + n * sample();
      for_rows([&](Dim at, Dim length, auto&& channel) {
        for (Dim i = 0; i < length; ++i)
          out[at + i] = (in[at + i] - mean[channel(i)]) * scale[channel(i)] + shift[channel(i)];
      });
    }
  }

  /// With g = dy gamma: dx = r (g - mean(g) - (x - m) r^2 mean(g (x - m))), means over the group.
  void backward(ConstView x, ConstView gamma, ConstView statistics, ConstView dy, View dx, GradTarget dgamma,
                GradTarget dbeta) override {
    const T* weights = gamma ? gamma.data<T>() : nullptr;
    T* sums = scratch_.template get<T>(8 * d_.channels);
    T *dots = sums + d_.channels, *mean = dots + d_.channels, *scale = mean + d_.channels,
      *slope = scale + d_.channels, *shift = slope + d_.channels, *gamma_total = shift + d_.channels,
      *beta_total = gamma_total + d_.channels;
    std::fill_n(gamma_total, 2 * d_.channels, T(0));
    for (Dim n = 0; n < d_.batch; ++n) {
      const T* in = x.data<T>() + n * sample();
      const T* gradient = dy.data<T>() + n * sample();
      const T* kept = statistics.data<T>() + 2 * n * d_.groups;
      for (Dim c = 0; c < d_.channels; ++c) mean[c] = kept[2 * (c / per_group())];
      channel_sums(gradient, d_.outer, d_.channels, d_.inner, sums, false);
      sum_by_channel(d_.outer, d_.channels, d_.inner, dots, false,
                     [=](Dim i, Dim c) { return gradient[i] * (in[i] - mean[c]); });
      for (Dim c = 0; c < d_.channels; ++c) {
        scale[c] = kept[2 * (c / per_group()) + 1];
        gamma_total[c] += dots[c] * scale[c];
        beta_total[c] += sums[c];
        if (!weights) continue;
        dots[c] *= weights[c];
        sums[c] *= weights[c];
      }
      if (!dx) continue;
      average_groups(dots, slope);
      average_groups(sums, shift);
      for (Dim c = 0; c < d_.channels; ++c) {
        const T r = scale[c];
        slope[c] *= -r * r * r;
        shift[c] *= -r;
        if (weights) scale[c] *= weights[c];
      }
      T* out = dx.data<T>() + n * sample();
      for_rows([&](Dim at, Dim length, auto&& channel) {
        for (Dim i = 0; i < length; ++i) {
          const Dim c = channel(i);
          out[at + i] = gradient[at + i] * scale[c] + (in[at + i] - mean[c]) * slope[c] + shift[c];
        }
      });
    }
    if (dgamma) assign(dgamma, gamma_total);
    if (dbeta) assign(dbeta, beta_total);
  }

 private:
  Dim sample() const { return d_.outer * d_.channels * d_.inner; }
  Dim per_group() const { return d_.channels / d_.groups; }

  /// averages[c] = the sum over c's group, divided by the number of elements that a group has.
  void average_groups(const T* sums, T* averages) const {
    const T share = T(1) / static_cast<T>(std::max<Dim>(per_group() * d_.outer * d_.inner, 1));
    for (Dim c = 0; c < d_.channels; c += per_group()) {
      T total = 0;
      for (Dim i = 0; i < per_group(); ++i) total += sums[c + i];
      std::fill_n(averages + c, per_group(), total * share);
    }
  }

  /// Calls `f(offset, length, channel of i)` on contiguous rows of one sample.
  template <class F>
  void for_rows(F&& f) const {
    const bool last = d_.inner == 1;
    const Dim rows = last ? d_.outer : d_.outer * d_.channels, n = last ? d_.channels : d_.inner;
    parallel_for<T>(rows, 1 + 16384 / std::max<Dim>(n, 1), [&](Dim begin, Dim end) {
      for (Dim r = begin; r < end; ++r) {
        const Dim c = r % d_.channels;
        if (last)
          f(r * n, n, [](Dim i) { return i; });
        else
          f(r * n, n, [c](Dim) { return c; });
      }
    });
  }

  void assign(const GradTarget& target, const T* values) const {
    T* out = target.view.data<T>();
    for (Dim i = 0; i < d_.channels; ++i) out[i] = target.accumulate ? out[i] + values[i] : values[i];
  }

  GroupNormDesc d_;
  Scratch scratch_;
};

}  // namespace

std::unique_ptr<GroupNormKernel> make_group_norm(const GroupNormDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<GroupNormKernel> {
    return std::make_unique<GroupNorm<T>>(desc);
  });
}

}  // namespace rhyton
