#pragma once
/// @file schedule.hpp  Learning rates that change with the step: `keras.optimizers.schedules`.
#include <optional>
#include <string>
#include <vector>

#include "nn/object.hpp"

namespace rhyton {

/// Base of the schedules.
class ScheduleBase : public Object {
 public:
  static constexpr const char* family = "learning rate schedule";
  static constexpr const char* module = "keras.optimizers.schedules";

  /// The rate of the update that follows `step` earlier ones: the first update uses step 0.
  virtual double operator()(std::int64_t step) const = 0;
};

template <>
Registry<ScheduleBase>& Registry<ScheduleBase>::global();
extern template class Ref<ScheduleBase>;

using Schedule = Ref<ScheduleBase>;

/// The argument `learning_rate`: a number, or a schedule.
class LearningRate {
 public:
  LearningRate(double value = 0.001) : value_(value) {}
  template <class T>
  requires std::is_base_of_v<ScheduleBase, T> LearningRate(T schedule) : schedule_(std::move(schedule)) {}
  LearningRate(Schedule schedule) : schedule_(std::move(schedule)) {}

  bool is_schedule() const { return static_cast<bool>(schedule_); }
  const Schedule& schedule() const { return schedule_; }
  double at(std::int64_t step) const { return schedule_ ? (*schedule_)(step) : value_; }

 private:
  double value_ = 0.0;
  Schedule schedule_;
};
void from_config(const Json& json, LearningRate& value);
/// A number is written rounded to float32, as Keras holds it.
void to_config(Json& json, const LearningRate& value);

/// Numbers of steps: an integer where it is one, so that Keras reads an integer back.
struct Steps {
  Steps(double steps = 0.0) : value(steps) {}
  double value;
};
void from_config(const Json& json, Steps& value);
void to_config(Json& json, const Steps& value);

/// initial * rate^(step / steps), the exponent floored with `staircase`.
struct ExponentialDecayConfig {
  double initial_learning_rate = 0.0;
  Steps decay_steps{};
  double decay_rate = 0.0;
  bool staircase = false;
  std::string name = "ExponentialDecay";
  void fields(ConfigFields& v) {
    v("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps)("decay_rate", decay_rate);
    v("staircase", staircase)("name", name);
  }
};
class ExponentialDecay : public Configured<ExponentialDecay, ScheduleBase, ExponentialDecayConfig> {
 public:
  static constexpr const char* keras_name = "ExponentialDecay";
  explicit ExponentialDecay(Config config);
  double operator()(std::int64_t step) const override;
};

/// initial / (1 + rate * step / steps), the quotient floored with `staircase`.
struct InverseTimeDecayConfig {
  double initial_learning_rate = 0.0;
  Steps decay_steps{};
  double decay_rate = 0.0;
  bool staircase = false;
  std::string name = "InverseTimeDecay";
  void fields(ConfigFields& v) {
    v("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps)("decay_rate", decay_rate);
    v("staircase", staircase)("name", name);
  }
};
class InverseTimeDecay : public Configured<InverseTimeDecay, ScheduleBase, InverseTimeDecayConfig> {
 public:
  static constexpr const char* keras_name = "InverseTimeDecay";
  explicit InverseTimeDecay(Config config);
  double operator()(std::int64_t step) const override;
};

/// values[i] while step <= boundaries[i], the last value after that.
struct PiecewiseConstantDecayConfig {
  std::vector<Steps> boundaries{};
  std::vector<double> values{};
  std::string name = "PiecewiseConstant";
  void fields(ConfigFields& v) { v("boundaries", boundaries)("values", values)("name", name); }
};
class PiecewiseConstantDecay
    : public Configured<PiecewiseConstantDecay, ScheduleBase, PiecewiseConstantDecayConfig> {
 public:
  static constexpr const char* keras_name = "PiecewiseConstantDecay";
  explicit PiecewiseConstantDecay(Config config);
  double operator()(std::int64_t step) const override;
};

/// (initial - end) * (1 - step / steps)^power + end, step clipped to steps; with `cycle`, steps grow by their
/// whole multiples instead.
struct PolynomialDecayConfig {
  double initial_learning_rate = 0.0;
  Steps decay_steps{};
  double end_learning_rate = 0.0001, power = 1.0;
  bool cycle = false;
  std::string name = "PolynomialDecay";
  void fields(ConfigFields& v) {
    v("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps);
    v("end_learning_rate", end_learning_rate)("power", power)("cycle", cycle)("name", name);
  }
};
class PolynomialDecay : public Configured<PolynomialDecay, ScheduleBase, PolynomialDecayConfig> {
 public:
  static constexpr const char* keras_name = "PolynomialDecay";
  explicit PolynomialDecay(Config config);
  double operator()(std::int64_t step) const override;
};

/// Half a cosine from initial to alpha * initial over the steps; with `warmup_target`, first a line from
/// initial to the target over `warmup_steps`, and the cosine starts at the target.
struct CosineDecayConfig {
  double initial_learning_rate = 0.0;
  Steps decay_steps{};
  double alpha = 0.0;
  std::string name = "CosineDecay";
  std::optional<double> warmup_target{};
  Steps warmup_steps{};
  void fields(ConfigFields& v) {
    v("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps)("alpha", alpha)("name",
                                                                                                  name);
    v("warmup_target", warmup_target)("warmup_steps", warmup_steps);
  }
};
class CosineDecay : public Configured<CosineDecay, ScheduleBase, CosineDecayConfig> {
 public:
  static constexpr const char* keras_name = "CosineDecay";
  explicit CosineDecay(Config config);
  double operator()(std::int64_t step) const override;
};

/// Cosine periods, each `t_mul` times as long and `m_mul` times as high as the one before (SGDR).
struct CosineDecayRestartsConfig {
  double initial_learning_rate = 0.0;
  Steps first_decay_steps{};
  double t_mul = 2.0, m_mul = 1.0, alpha = 0.0;
  std::string name = "SGDRDecay";
  void fields(ConfigFields& v) {
    v("initial_learning_rate", initial_learning_rate)("first_decay_steps", first_decay_steps);
    v("t_mul", t_mul)("m_mul", m_mul)("alpha", alpha)("name", name);
  }
};
class CosineDecayRestarts : public Configured<CosineDecayRestarts, ScheduleBase, CosineDecayRestartsConfig> {
 public:
  static constexpr const char* keras_name = "CosineDecayRestarts";
  explicit CosineDecayRestarts(Config config);
  double operator()(std::int64_t step) const override;
};

}  // namespace rhyton
