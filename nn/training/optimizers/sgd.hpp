#pragma once
/// @file sgd.hpp  SGD and Lion.
#include "nn/training/optimizers/optimizer.hpp"

namespace rhyton {

struct SGDConfig {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("momentum", momentum)("nesterov", nesterov);
  }
};
/// m = momentum m - lr g; w += m, or with nesterov w += momentum m - lr g. Without momentum w -= lr g.
class SGD : public OptimizerOf<SGD, SGDConfig> {
 public:
  static constexpr const char* keras_name = "SGD";
  explicit SGD(Config config = {});

 protected:
  void make_slots() override;
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f;
};

struct LionConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.99;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("beta_1", beta_1)("beta_2", beta_2);
  }
};
/// w -= lr sign(beta_1 m + (1 - beta_1) g); m = beta_2 m + (1 - beta_2) g (Chen et al., 2023).
class Lion : public OptimizerOf<Lion, LionConfig> {
 public:
  static constexpr const char* keras_name = "Lion";
  explicit Lion(Config config = {});

 protected:
  void make_slots() override { add_slots({"momentum"}); }
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f;
};

}  // namespace rhyton
