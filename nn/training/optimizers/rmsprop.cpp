#include "nn/training/optimizers/rmsprop.hpp"

#include <algorithm>
#include <cmath>

#include "nn/load_scope.hpp"
#include "nn/raise.hpp"

namespace rhyton {

void RMSpropConfig::take(double written, std::optional<double> decay) {
  epsilon = written;
  if (!decay) return;
  detail::apply_legacy_decay(learning_rate, *decay);
  epsilon_behind_root = momentum == 0.0;
  if (epsilon_behind_root && LoadScope::dialect() != Dialect::keras2) epsilon = std::sqrt(written);
}

RMSprop::RMSprop(Config config) : OptimizerOf(std::move(config)) {
  if (config_.epsilon_behind_root && config_.momentum != 0.0)
    throw ValueError(
        "RMSprop: `epsilon_behind_root` goes without a momentum alone: before Keras 2.11 epsilon was added "
        "before the root otherwise. Received: momentum=" +
        std::to_string(config_.momentum));
}
void RMSprop::make_slots() {
  add_slots({"velocity"});
  if (config_.momentum > 0.0) add_slots({"momentum"});
  if (config_.centered) add_slots({"average_gradient"});
}

void RMSprop::prepare(double rate, std::int64_t) { rate_ = static_cast<float>(rate); }

void RMSprop::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict v = slot(0);
  const auto rho = static_cast<float>(config_.rho), rest = static_cast<float>(1.0 - config_.rho);
  const auto epsilon = static_cast<float>(config_.epsilon), momentum = static_cast<float>(config_.momentum);
  float* __restrict p = momentum > 0.0f ? slot(1) : nullptr;
  float* __restrict mean = config_.centered ? slot(p ? 2 : 1) : nullptr;
  const float before = config_.epsilon_behind_root ? 0.0f : epsilon,
              behind = config_.epsilon_behind_root ? epsilon : 0.0f;
  auto loop = [&](auto with_momentum, auto centered) {
    for (Dim i = r.begin; i < r.end; ++i) {
      const float d = g[i - r.begin] * r.scale;
      v[i] = rho * v[i] + rest * d * d;
      float squared = v[i] + before;
      if constexpr (centered.value) {
        mean[i] = rho * mean[i] + rest * d;
        squared = v[i] - mean[i] * mean[i] + before;
      }
      float step = rate_ * d / (std::sqrt(squared) + behind);
      if constexpr (with_momentum.value) {
        p[i] = momentum * p[i] + step;
        step = p[i];
      }
      w[i] = w[i] - w[i] * r.decay - step;
    }
  };
  const std::true_type yes;
  const std::false_type no;
  if (p && mean)
    loop(yes, yes);
  else if (p)
    loop(yes, no);
  else if (mean)
    loop(no, yes);
  else
    loop(no, no);
}

Adagrad::Adagrad(Config config) : OptimizerOf(std::move(config)) {}
void Adagrad::prepare(double rate, std::int64_t) { rate_ = static_cast<float>(rate); }

void Adagrad::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict a = slot(0);
  const auto epsilon = static_cast<float>(config_.epsilon);
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    a[i] += d * d;
    w[i] = w[i] - w[i] * r.decay - rate_ * d / std::sqrt(a[i] + epsilon);
  }
}

Adadelta::Adadelta(Config config) : OptimizerOf(std::move(config)) {}
void Adadelta::prepare(double rate, std::int64_t) { rate_ = static_cast<float>(rate); }

void Adadelta::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict a = slot(0);
  float* __restrict e = slot(1);
  const auto rho = static_cast<float>(config_.rho), rest = static_cast<float>(1.0 - config_.rho);
  const auto epsilon = static_cast<float>(config_.epsilon);
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    a[i] = rho * a[i] + rest * d * d;
    const float delta = std::sqrt(e[i] + epsilon) * d / std::sqrt(a[i] + epsilon);
    e[i] = rho * e[i] + rest * delta * delta;
    w[i] = w[i] - w[i] * r.decay - rate_ * delta;
  }
}

Ftrl::Ftrl(Config config) : OptimizerOf(std::move(config)) {
  auto refuse = [](const char* argument, const char* rule, double value) {
    raise<ValueError>("Ftrl: `{}` must {}. Received: {}={}", argument, rule, argument, value);
  };
  const Config& c = config_;
  if (c.initial_accumulator_value < 0.0)
    refuse("initial_accumulator_value", "not be negative", c.initial_accumulator_value);
  if (c.learning_rate_power > 0.0) refuse("learning_rate_power", "not be positive", c.learning_rate_power);
  if (c.l1_regularization_strength < 0.0)
    refuse("l1_regularization_strength", "not be negative", c.l1_regularization_strength);
  if (c.l2_regularization_strength < 0.0)
    refuse("l2_regularization_strength", "not be negative", c.l2_regularization_strength);
  if (c.l2_shrinkage_regularization_strength < 0.0)
    refuse("l2_shrinkage_regularization_strength", "not be negative", c.l2_shrinkage_regularization_strength);
}

void Ftrl::prepare(double rate, std::int64_t) { rate_ = static_cast<float>(rate); }

void Ftrl::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict a = slot(0);
  float* __restrict z = slot(1);
  const auto power = static_cast<float>(-config_.learning_rate_power);
  const auto l1 = static_cast<float>(config_.l1_regularization_strength);
  const auto shrinkage = static_cast<float>(2.0 * config_.l2_shrinkage_regularization_strength);
  const auto l2 =
      static_cast<float>(2.0 * (config_.l2_regularization_strength + config_.beta / (2.0 * rate_)));
  auto raised = [&](float x) { return power == 0.5f ? std::sqrt(x) : std::pow(x, power); };
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale, x = w[i] - w[i] * r.decay;
    const float grown = a[i] + d * d, now = raised(grown);
    z[i] += d + shrinkage * x - (now - raised(a[i])) / rate_ * x;
    w[i] = (std::clamp(z[i], -l1, l1) - z[i]) / (now / rate_ + l2);
    a[i] = grown;
  }
}

}  // namespace rhyton
