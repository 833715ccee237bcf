#include "nn/training/optimizers/adam.hpp"

#include <algorithm>
#include <cmath>

namespace rhyton {

Adam::Adam(Config config) : AdamOf(std::move(config)) {}
AdamW::AdamW(Config config) : AdamOf(std::move(config)) {}

namespace detail {

float one_minus_power(double beta, std::int64_t t) {
  return 1.0f - std::pow(static_cast<float>(beta), static_cast<float>(t));
}

AdamStep adam_step(double rate, std::int64_t t, double beta_1, double beta_2, double epsilon) {
  return {
      .alpha = static_cast<float>(rate) * std::sqrt(one_minus_power(beta_2, t)) / one_minus_power(beta_1, t),
      .keep_1 = static_cast<float>(1.0 - beta_1),
      .keep_2 = static_cast<float>(1.0 - beta_2),
      .epsilon = static_cast<float>(epsilon)};
}

}  // namespace detail

Adamax::Adamax(Config config) : OptimizerOf(std::move(config)) {}
void Adamax::prepare(double rate, std::int64_t t) {
  alpha_ = static_cast<float>(rate) / detail::one_minus_power(config_.beta_1, t);
}

void Adamax::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict m = slot(0);
  float* __restrict u = slot(1);
  const auto keep = static_cast<float>(1.0 - config_.beta_1), beta = static_cast<float>(config_.beta_2);
  const auto epsilon = static_cast<float>(config_.epsilon);
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    m[i] += (d - m[i]) * keep;
    u[i] = std::max(beta * u[i], std::abs(d));
    w[i] = w[i] - w[i] * r.decay - alpha_ * m[i] / (u[i] + epsilon);
  }
}

Nadam::Nadam(Config config) : OptimizerOf(std::move(config)) {}
void Nadam::make_slots() {
  add_slots({"momentum", "velocity"});
  product_ = Tensor::full(Shape(), 1.0);
}

void Nadam::prepare(double rate, std::int64_t t) {
  const auto n = static_cast<float>(t), beta = static_cast<float>(config_.beta_1),
             lr = static_cast<float>(rate), decay = static_cast<float>(config_.schedule_decay);
  const float now = beta * (1.0f - 0.5f * std::pow(0.96f, decay * n));
  const float next = beta * (1.0f - 0.5f * std::pow(0.96f, decay * (n + 1.0f)));
  float& product = product_.data<float>()[0];
  product *= now;
  of_m_ = lr * (next / (1.0f - product * next));
  of_g_ = lr * ((1.0f - now) / (1.0f - product));
  of_v_ = 1.0f / detail::one_minus_power(config_.beta_2, t);
}

void Nadam::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict m = slot(0);
  float* __restrict v = slot(1);
  const float keep_1 = 1.0f - static_cast<float>(config_.beta_1),
              keep_2 = 1.0f - static_cast<float>(config_.beta_2);
  const auto epsilon = static_cast<float>(config_.epsilon);
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    m[i] += (d - m[i]) * keep_1;
    v[i] += (d * d - v[i]) * keep_2;
    w[i] = w[i] - w[i] * r.decay - (of_m_ * m[i] + of_g_ * d) / (std::sqrt(v[i] * of_v_) + epsilon);
  }
}

void Nadam::append_slots(std::vector<OptimizerState>& out) {
  OptimizerBase::append_slots(out);
  out.push_back({name() + "/u_product", product_.view()});
}

ScheduleFreeAdamW::ScheduleFreeAdamW(Config config) : OptimizerOf(std::move(config)) {}
void ScheduleFreeAdamW::make_slots() {
  add_slots({"momentum", "velocity"});
  std::copy_n(weights(), parameters().size, slot(0));
}

void ScheduleFreeAdamW::prepare(double rate, std::int64_t t) {
  const auto n = static_cast<double>(t);
  const auto warmup = static_cast<double>(config_.warmup_steps);
  rate_ = static_cast<float>(warmup > 0.0 ? rate * std::min(n / warmup, 1.0) : rate);
  correction_ = 1.0f / detail::one_minus_power(config_.beta_2, t);
  weight_ = static_cast<float>(1.0 / n);
}

void ScheduleFreeAdamW::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict z = slot(0);
  float* __restrict v = slot(1);
  const float keep_2 = 1.0f - static_cast<float>(config_.beta_2);
  const auto epsilon = static_cast<float>(config_.epsilon);
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    v[i] += (d * d - v[i]) * keep_2;
    z[i] -= rate_ * d / (std::sqrt(v[i] * correction_) + epsilon);
    const float y = w[i] - w[i] * r.decay;
    w[i] = (1.0f - weight_) * y + weight_ * z[i];
  }
}

}  // namespace rhyton
