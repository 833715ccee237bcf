#include "nn/training/schedules/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "nn/raise.hpp"

namespace rhyton {

template <>
Registry<ScheduleBase>& Registry<ScheduleBase>::global() {
  static Registry& registry = *[] {
    auto* r = new Registry;
    r->add_class<ExponentialDecay>();
    r->add_class<InverseTimeDecay>();
    r->add_class<PiecewiseConstantDecay>();
    r->add_class<PolynomialDecay>();
    r->add_class<CosineDecay>();
    r->add_class<CosineDecayRestarts>();
    r->add_alias("PiecewiseConstant", "PiecewiseConstantDecay");
    r->seal();
    return r;
  }();
  return registry;
}
template class Ref<ScheduleBase>;

void from_config(const Json& json, LearningRate& value) {
  if (json.is_object()) {
    value = LearningRate(Schedule(Registry<ScheduleBase>::global().make_from_json(json)));
    return;
  }
  double number = 0.0;
  from_config(json, number);
  value = LearningRate(number);
}

void to_config(Json& json, const LearningRate& value) {
  if (value.is_schedule())
    to_config(json, value.schedule());
  else
    json = static_cast<double>(static_cast<float>(value.at(0)));
}

void from_config(const Json& json, Steps& value) { from_config(json, value.value); }
void to_config(Json& json, const Steps& value) {
  if (value.value == std::floor(value.value) && std::abs(value.value) < 0x1p53)
    json = static_cast<std::int64_t>(value.value);
  else
    json = value.value;
}

namespace {
void check_steps(const char* owner, const char* argument, double steps) {
  if (!(steps > 0.0))
    raise<ValueError>("{}: `{}` must be positive. Received: {}={}", owner, argument, argument, steps);
}
// From 1 down to alpha as x goes from 0 to 1.
double half_cosine(double x, double alpha) {
  return (1.0 - alpha) * 0.5 * (1.0 + std::cos(std::numbers::pi * x)) + alpha;
}
}  // namespace

ExponentialDecay::ExponentialDecay(Config config) : Configured(std::move(config)) {
  check_steps(keras_name, "decay_steps", config_.decay_steps.value);
}
double ExponentialDecay::operator()(std::int64_t step) const {
  double p = static_cast<double>(step) / config_.decay_steps.value;
  if (config_.staircase) p = std::floor(p);
  return config_.initial_learning_rate * std::pow(config_.decay_rate, p);
}

InverseTimeDecay::InverseTimeDecay(Config config) : Configured(std::move(config)) {
  check_steps(keras_name, "decay_steps", config_.decay_steps.value);
}
double InverseTimeDecay::operator()(std::int64_t step) const {
  double p = static_cast<double>(step) / config_.decay_steps.value;
  if (config_.staircase) p = std::floor(p);
  return config_.initial_learning_rate / (1.0 + config_.decay_rate * p);
}

PiecewiseConstantDecay::PiecewiseConstantDecay(Config config) : Configured(std::move(config)) {
  if (config_.boundaries.empty() || config_.boundaries.size() + 1 != config_.values.size())
    raise<ValueError>(
        "PiecewiseConstantDecay: `values` must be one more than `boundaries`. Received: {} "
        "boundaries and {} values",
        config_.boundaries.size(), config_.values.size());
}
double PiecewiseConstantDecay::operator()(std::int64_t step) const {
  std::size_t i = 0;
  while (i < config_.boundaries.size() && static_cast<double>(step) > config_.boundaries[i].value) ++i;
  return config_.values[i];
}

PolynomialDecay::PolynomialDecay(Config config) : Configured(std::move(config)) {
  check_steps(keras_name, "decay_steps", config_.decay_steps.value);
}
double PolynomialDecay::operator()(std::int64_t step) const {
  auto at = static_cast<double>(step);
  double steps = config_.decay_steps.value;
  if (config_.cycle)
    steps *= step == 0 ? 1.0 : std::ceil(at / steps);
  else
    at = std::min(at, steps);
  return (config_.initial_learning_rate - config_.end_learning_rate) *
             std::pow(1.0 - at / steps, config_.power) +
         config_.end_learning_rate;
}

CosineDecay::CosineDecay(Config config) : Configured(std::move(config)) {
  check_steps(keras_name, "decay_steps", config_.decay_steps.value);
}
double CosineDecay::operator()(std::int64_t step) const {
  const double steps = config_.decay_steps.value, warmup = config_.warmup_steps.value;
  auto at = static_cast<double>(step);
  if (!config_.warmup_target)
    return config_.initial_learning_rate * half_cosine(std::min(at, steps) / steps, config_.alpha);
  if (at < warmup)
    return config_.initial_learning_rate +
           (*config_.warmup_target - config_.initial_learning_rate) * at / warmup;
  return *config_.warmup_target * half_cosine(std::min(at - warmup, steps) / steps, config_.alpha);
}

CosineDecayRestarts::CosineDecayRestarts(Config config) : Configured(std::move(config)) {
  check_steps(keras_name, "first_decay_steps", config_.first_decay_steps.value);
}
double CosineDecayRestarts::operator()(std::int64_t step) const {
  double fraction = static_cast<double>(step) / config_.first_decay_steps.value;
  double restarts = std::floor(fraction);
  if (config_.t_mul == 1.0) {
    fraction -= restarts;
  } else {
    // The sum of r periods is (1 - t^r) / (1 - t).
    restarts = std::floor(std::log(1.0 - fraction * (1.0 - config_.t_mul)) / std::log(config_.t_mul));
    const double before = (1.0 - std::pow(config_.t_mul, restarts)) / (1.0 - config_.t_mul);
    fraction = (fraction - before) / std::pow(config_.t_mul, restarts);
  }
  const double cosine =
      0.5 * std::pow(config_.m_mul, restarts) * (1.0 + std::cos(std::numbers::pi * fraction));
  return config_.initial_learning_rate * ((1.0 - config_.alpha) * cosine + config_.alpha);
}

}  // namespace rhyton
