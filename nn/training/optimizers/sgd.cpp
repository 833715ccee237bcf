#include "nn/training/optimizers/sgd.hpp"

namespace rhyton {

SGD::SGD(Config config) : OptimizerOf(std::move(config)) {
  if (config_.momentum < 0.0 || config_.momentum > 1.0)
    throw ValueError("SGD: `momentum` must be in [0, 1]. Received: momentum=" +
                     std::to_string(config_.momentum));
}

void SGD::make_slots() {
  if (config_.momentum != 0.0) add_slots({"momentum"});
}

void SGD::prepare(double rate, std::int64_t) { rate_ = static_cast<float>(rate); }

void SGD::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  const float rate = rate_ * r.scale;
  if (config_.momentum == 0.0) {
    for (Dim i = r.begin; i < r.end; ++i) w[i] = w[i] - w[i] * r.decay - g[i - r.begin] * rate;
    return;
  }
  float* __restrict m = slot(0);
  const auto momentum = static_cast<float>(config_.momentum);
  if (config_.nesterov) {
    for (Dim i = r.begin; i < r.end; ++i) {
      m[i] = m[i] * momentum - g[i - r.begin] * rate;
      w[i] = w[i] - w[i] * r.decay + m[i] * momentum - g[i - r.begin] * rate;
    }
  } else {
    for (Dim i = r.begin; i < r.end; ++i) {
      m[i] = m[i] * momentum - g[i - r.begin] * rate;
      w[i] = w[i] - w[i] * r.decay + m[i];
    }
  }
}

Lion::Lion(Config config) : OptimizerOf(std::move(config)) {
  if (config_.beta_1 <= 0.0 || config_.beta_1 > 1.0)
    throw ValueError("Lion: `beta_1` must be in (0, 1]. Received: beta_1=" + std::to_string(config_.beta_1));
}

void Lion::prepare(double rate, std::int64_t) { rate_ = static_cast<float>(rate); }

void Lion::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict m = slot(0);
  const auto beta_1 = static_cast<float>(config_.beta_1), beta_2 = static_cast<float>(config_.beta_2);
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    const float direction = m[i] * beta_1 + d * (1.0f - beta_1);
    const float sign = direction > 0.0f ? 1.0f : direction < 0.0f ? -1.0f : 0.0f;
    w[i] = w[i] - w[i] * r.decay - rate_ * sign;
    m[i] = m[i] * beta_2 + d * (1.0f - beta_2);
  }
}

}  // namespace rhyton
