#pragma once
/// @file adam.hpp  Adam and its relatives: Adam, AdamW, Adamax, Nadam, ScheduleFreeAdamW.
#include "nn/training/optimizers/optimizer.hpp"

namespace rhyton {

/// What Adam's loop needs in one step.
struct AdamStep {
  float alpha = 0.0f;                  ///< lr sqrt(1 - beta_2^t) / (1 - beta_1^t)
  float keep_1 = 0.0f, keep_2 = 0.0f;  ///< 1 - beta_1, 1 - beta_2
  float epsilon = 0.0f;
};

struct AdamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon)("amsgrad", amsgrad);
  }
};
struct AdamWConfig {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon)("amsgrad", amsgrad);
  }
};

namespace detail {
/// m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= alpha m / (sqrt(v) + epsilon), in one pass; `v_hat`
/// (amsgrad) may be null. g is scaled by `scale`, w decays by `decay` of itself before.
void adam_update(const AdamStep& step, float decay, float scale, Dim n, const float* g, float* w, float* m,
                 float* v, float* v_hat);
/// 1 - beta^t in float32, as Keras computes it: with beta near 1 the rounding shows in the step size.
float one_minus_power(double beta, std::int64_t t);
AdamStep adam_step(double rate, std::int64_t t, double beta_1, double beta_2, double epsilon);

template <class Derived, class ConfigT>
class AdamOf : public OptimizerOf<Derived, ConfigT> {
 protected:
  using OptimizerOf<Derived, ConfigT>::OptimizerOf;
  void make_slots() override {
    this->add_slots({"momentum", "velocity"});
    if (this->config_.amsgrad) this->add_slots({"velocity_hat"});
  }
  void prepare(double rate, std::int64_t t) override {
    step_ = adam_step(rate, t, this->config_.beta_1, this->config_.beta_2, this->config_.epsilon);
  }
  void update(const OptimizerBase::Range& r) override {
    const Dim at = r.begin;
    adam_update(step_, r.decay, r.scale, r.end - at, this->gradients(r), this->weights() + at,
                this->slot(0) + at, this->slot(1) + at, this->config_.amsgrad ? this->slot(2) + at : nullptr);
  }

 private:
  AdamStep step_;
};
}  // namespace detail

class Adam : public detail::AdamOf<Adam, AdamConfig> {
 public:
  static constexpr const char* keras_name = "Adam";
  explicit Adam(Config config = {});
};
/// Adam with decoupled weight decay 0.004.
class AdamW : public detail::AdamOf<AdamW, AdamWConfig> {
 public:
  static constexpr const char* keras_name = "AdamW";
  explicit AdamW(Config config = {});
};

/// Arguments of Adamax and Lamb.
struct AdamLikeConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon);
  }
};

/// u = max(beta_2 u, |g|); w -= lr m / ((1 - beta_1^t)(u + epsilon)).
class Adamax : public OptimizerOf<Adamax, AdamLikeConfig> {
 public:
  static constexpr const char* keras_name = "Adamax";
  explicit Adamax(Config config = {});

 protected:
  void make_slots() override { add_slots({"momentum", "norm"}); }
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float alpha_ = 0.0f;
};

struct NadamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  std::optional<double> weight_decay{};
  /// Of the momentum's schedule. Since Keras 2.11 there is no such argument, and it is 1; before, it was
  /// 0.004.
  double schedule_decay = 1.0;
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    plain_optimizer_fields(v, *this);
    v("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon).alias("schedule_decay", schedule_decay);
    // tf.keras wrote it as `decay`, a name that Keras 3 passes over with a warning.
    if (v.reads() || schedule_decay != 1.0) v("decay", schedule_decay);
  }
};
/// Adam with Nesterov momentum: u_t = beta_1 (1 - 0.96^(schedule_decay t) / 2), P their product up to t,
/// m^ = u_{t+1} m / (1 - P u_{t+1}) + (1 - u_t) g / (1 - P); w -= lr m^ / (sqrt(v / (1 - beta_2^t)) +
/// epsilon).
class Nadam : public OptimizerOf<Nadam, NadamConfig> {
 public:
  static constexpr const char* keras_name = "Nadam";
  explicit Nadam(Config config = {});

 protected:
  void make_slots() override;
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;
  void append_slots(std::vector<OptimizerState>& out) override;

 private:
  Tensor product_ = Tensor::full(Shape(), 1.0);
  float of_m_ = 0.0f, of_g_ = 0.0f, of_v_ = 0.0f;
};

struct ScheduleFreeAdamWConfig {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8;
  std::int64_t warmup_steps = 0;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon)("warmup_steps", warmup_steps);
  }
};
/// Schedule-free AdamW (Defazio et al., 2024) as Keras's backends compute it: the slot z takes the Adam
/// steps, and w = (1 - 1/t) w + z / t. (The paper's x and y need z from before the step; Keras reads it
/// after, where they fall together.)
class ScheduleFreeAdamW : public OptimizerOf<ScheduleFreeAdamW, ScheduleFreeAdamWConfig> {
 public:
  static constexpr const char* keras_name = "ScheduleFreeAdamW";
  explicit ScheduleFreeAdamW(Config config = {});

 protected:
  void make_slots() override;
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f, correction_ = 0.0f, weight_ = 0.0f;
};

}  // namespace rhyton
