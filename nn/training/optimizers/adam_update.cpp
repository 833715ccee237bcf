#include <cmath>

#include "nn/training/optimizers/adam.hpp"

namespace rhyton::detail {

void adam_update(const AdamStep& step, float decay, float scale, Dim n, const float* __restrict g,
                 float* __restrict w, float* __restrict m, float* __restrict v, float* __restrict v_hat) {
  const auto [alpha, keep_1, keep_2, epsilon] = step;
  if (v_hat) {
    for (Dim i = 0; i < n; ++i) {
      const float d = g[i] * scale;
      m[i] += (d - m[i]) * keep_1;
      v[i] += (d * d - v[i]) * keep_2;
      v_hat[i] = v[i] > v_hat[i] ? v[i] : v_hat[i];
      w[i] = w[i] - w[i] * decay - m[i] * alpha / (std::sqrt(v_hat[i]) + epsilon);
    }
    return;
  }
  for (Dim i = 0; i < n; ++i) {
    const float d = g[i] * scale;
    const float first = m[i] + (d - m[i]) * keep_1;
    const float second = v[i] + (d * d - v[i]) * keep_2;
    m[i] = first;
    v[i] = second;
    w[i] = w[i] - w[i] * decay - first * alpha / (std::sqrt(second) + epsilon);
  }
}

}  // namespace rhyton::detail
