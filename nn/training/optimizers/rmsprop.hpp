#pragma once
/// @file rmsprop.hpp  Rates scaled by gradient history: RMSprop, Adagrad, Adadelta, Ftrl.
#include "nn/training/optimizers/optimizer.hpp"

namespace rhyton {

struct RMSpropConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.9, momentum = 0.0, epsilon = 1e-7;
  bool centered = false;
  /// Before Keras 2.11 epsilon was added behind the root, unless there was a momentum. Since then there is no
  /// such argument, and it is added before.
  bool epsilon_behind_root = false;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    plain_optimizer_fields(v, *this);
    // Keras 3 knows it before the root alone, where its square does nearly the same.
    double written = epsilon_behind_root ? epsilon * epsilon : epsilon;
    v("rho", rho)("momentum", momentum)("epsilon", written)("centered", centered);
    // tf.keras's first optimizers have a `decay`, and they alone; Keras 3 passes over it with a warning.
    std::optional<double> decay;
    if (epsilon_behind_root) decay = 0.0;
    if (v.reads() || decay) v("decay", decay);
    if (v.reads()) take(written, decay);
  }

 private:
  void take(double written, std::optional<double> decay);
};
/// v = rho v + (1 - rho) g^2; step = lr g / sqrt(v + epsilon), centered / sqrt(v - mean(g)^2 + epsilon);
/// `epsilon_behind_root`: sqrt(v) + epsilon;
/// w -= step, or with momentum p = momentum p + step; w -= p.
class RMSprop : public OptimizerOf<RMSprop, RMSpropConfig> {
 public:
  static constexpr const char* keras_name = "RMSprop";
  explicit RMSprop(Config config = {});

 protected:
  void make_slots() override;
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f;
};

struct AdagradConfig {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1, epsilon = 1e-7;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("initial_accumulator_value", initial_accumulator_value)("epsilon", epsilon);
  }
};
/// a += g^2; w -= lr g / sqrt(a + epsilon).
class Adagrad : public OptimizerOf<Adagrad, AdagradConfig> {
 public:
  static constexpr const char* keras_name = "Adagrad";
  explicit Adagrad(Config config = {});

 protected:
  void make_slots() override { add_slots({"accumulator"}, {config_.initial_accumulator_value}); }
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f;
};

struct AdadeltaConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.95, epsilon = 1e-7;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("rho", rho)("epsilon", epsilon);
  }
};
/// a = rho a + (1 - rho) g^2; d = g sqrt(e + epsilon) / sqrt(a + epsilon); e = rho e + (1 - rho) d^2; w -= lr
/// d.
class Adadelta : public OptimizerOf<Adadelta, AdadeltaConfig> {
 public:
  static constexpr const char* keras_name = "Adadelta";
  explicit Adadelta(Config config = {});

 protected:
  void make_slots() override { add_slots({"accumulated_grad", "accumulated_delta_var"}); }
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f;
};

struct FtrlConfig {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5, initial_accumulator_value = 0.1, l1_regularization_strength = 0.0,
         l2_regularization_strength = 0.0, l2_shrinkage_regularization_strength = 0.0, beta = 0.0;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("learning_rate_power", learning_rate_power)("initial_accumulator_value", initial_accumulator_value);
    v("l1_regularization_strength", l1_regularization_strength);
    v("l2_regularization_strength", l2_regularization_strength);
    v("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength)("beta", beta);
  }
};
/// Follow the regularized leader (McMahan et al., 2013), p = -learning_rate_power: a' = a + g^2;
/// z += g + 2 shrinkage w - (a'^p - a^p) / lr w; w = (clip(z, -l1, l1) - z) / (a'^p / lr + 2 (l2 + beta / (2
/// lr))).
class Ftrl : public OptimizerOf<Ftrl, FtrlConfig> {
 public:
  static constexpr const char* keras_name = "Ftrl";
  explicit Ftrl(Config config = {});

 protected:
  void make_slots() override {
    add_slots({"accumulator", "linear"}, {config_.initial_accumulator_value, 0.0});
  }
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f;
};

}  // namespace rhyton
