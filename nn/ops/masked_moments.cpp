#include "nn/ops/masked_moments.hpp"

#include <cmath>

namespace rhyton::ops {

namespace {

/// Calls f(element, counts) for every element of channel c.
template <class F>
void each(const bool* mask, Dim run, Dim outer, Dim channels, Dim inner, Dim c, F&& f) {
  for (Dim o = 0; o < outer; ++o)
    for (Dim i = 0; i < inner; ++i) {
      const Dim at = (o * channels + c) * inner + i;
      f(at, mask[at / run]);
    }
}

}  // namespace

double masked_moments(ConstView x, ConstView mask, Dim outer, Dim channels, Dim inner, View mean,
                      View variance) {
  const Dim run = x.size() / mask.size();
  double counted = 0.0;
  dispatch_real(x.dtype(), [&]<class T>(T) {
    const T* in = x.data<T>();
    for (Dim c = 0; c < channels; ++c) {
      double n = 0.0, sum = 0.0, squares = 0.0;
      each(mask.data<bool>(), run, outer, channels, inner, c, [&](Dim at, bool counts) {
        if (!counts) return;
        n += 1.0;
        sum += static_cast<double>(in[at]);
      });
      const double m = sum / (n + 1e-7);
      each(mask.data<bool>(), run, outer, channels, inner, c, [&](Dim at, bool counts) {
        const double d = static_cast<double>(in[at]) - m;
        if (counts) squares += d * d;
      });
      mean.data<T>()[c] = static_cast<T>(m);
      variance.data<T>()[c] = static_cast<T>(squares / (n + 1e-7));
      counted = n;
    }
  });
  return counted;
}

void masked_norm_gradient(ConstView x, ConstView mask, Dim outer, Dim channels, Dim inner, double epsilon,
                          ConstView gamma, ConstView mean, ConstView variance, ConstView dy, View dx,
                          View dgamma, View dbeta) {
  const Dim run = x.size() / mask.size();
  dispatch_real(x.dtype(), [&]<class T>(T) {
    const T *in = x.data<T>(), *up = dy.data<T>();
    for (Dim c = 0; c < channels; ++c) {
      const double m = static_cast<double>(mean.data<T>()[c]);
      const double inverse = 1.0 / std::sqrt(static_cast<double>(variance.data<T>()[c]) + epsilon);
      const double g = gamma ? static_cast<double>(gamma.data<T>()[c]) : 1.0;
      double n = 1e-7, sum = 0.0, dot = 0.0, centred = 0.0;
      each(mask.data<bool>(), run, outer, channels, inner, c, [&](Dim at, bool counts) {
        sum += static_cast<double>(up[at]);
        dot += static_cast<double>(up[at]) * (static_cast<double>(in[at]) - m);
        if (!counts) return;
        n += 1.0;
        centred += static_cast<double>(in[at]) - m;
      });
      if (dgamma) dgamma.data<T>()[c] += static_cast<T>(dot * inverse);
      if (dbeta) dbeta.data<T>()[c] += static_cast<T>(sum);
      if (!dx) continue;
      // Through y directly, through the variance, and through the mean (whose own term in the variance is
      // `centred`).
      const double dvariance = -0.5 * g * dot * inverse * inverse * inverse;
      const double dmean = -g * sum * inverse - 2.0 * dvariance * centred / n;
      each(mask.data<bool>(), run, outer, channels, inner, c, [&](Dim at, bool counts) {
        double d = g * static_cast<double>(up[at]) * inverse;
        if (counts) d += (2.0 * dvariance * (static_cast<double>(in[at]) - m) + dmean) / n;
        dx.data<T>()[at] = static_cast<T>(d);
      });
    }
  });
}

void follow(View moving, ConstView value, double momentum, double scale) {
  dispatch_real(moving.dtype(), [&]<class T>(T) {
    T* m = moving.data<T>();
    const T* v = value.data<T>();
    const T keep = static_cast<T>(momentum), take = static_cast<T>((1.0 - momentum) * scale);
    for (Dim i = 0; i < moving.size(); ++i) m[i] = m[i] * keep + v[i] * take;
  });
}

}  // namespace rhyton::ops
