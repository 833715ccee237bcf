#pragma once
/// @file wrappers.hpp  Optimizers made of optimizers: LossScaleOptimizer, MultiOptimizer.
#include <utility>

#include "nn/training/optimizers/optimizer.hpp"

namespace rhyton {

struct LossScaleOptimizerConfig {
  Optimizer inner_optimizer{};
  double initial_scale = 32768.0;
  std::int64_t dynamic_growth_steps = 2000;
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("inner_optimizer", inner_optimizer)("initial_scale", initial_scale);
    v("dynamic_growth_steps", dynamic_growth_steps);
  }
};
/// Dynamic loss scaling: a step whose gradients are not all finite is skipped and halves the scale;
/// `dynamic_growth_steps` good steps in a row double it.
class LossScaleOptimizer : public Configured<LossScaleOptimizer, OptimizerBase, LossScaleOptimizerConfig> {
 public:
  static constexpr const char* keras_name = "LossScaleOptimizer";
  explicit LossScaleOptimizer(Config config);

  void build(FlatParameters parameters) override;
  bool begin_step() override;
  void apply_range(Dim begin, Dim end, const float* gradient) override {
    inner().apply_range(begin, end, gradient);
  }
  void end_step(bool updated) override;
  bool streams() const override { return false; }
  double loss_scale() const override { return scale_.data<float>()[0]; }
  void finalize_weights() override { inner().finalize_weights(); }
  std::int64_t steps() const override { return inner().steps(); }
  double learning_rate() const override { return inner().learning_rate(); }
  void set_learning_rate(double value) override { inner().set_learning_rate(value); }
  bool has_schedule() const override { return inner().has_schedule(); }
  std::vector<OptimizerState> state() override;
  OptimizerBase& inner() const { return *config_.inner_optimizer; }

 protected:
  void prepare(double, std::int64_t) override {}
  void update(const Range&) override {}
  void make_slots() override {}

 private:
  Tensor own_step_{Shape(), DType::int64}, own_rate_{Shape()}, counter_{Shape(), DType::int64},
      scale_{Shape()};
  bool finite_ = true;
};

/// Which optimizer a weight gets: the first whose key is the weight's path or, as a regular expression,
/// matches all of it; `default_optimizer` otherwise.
struct OptimizerMap {
  Optimizer default_optimizer{};
  std::vector<std::pair<std::string, Optimizer>> optimizer_map{};
};
void from_config(const Json& json, OptimizerMap& value);
void to_config(Json& json, const OptimizerMap& value);

struct MultiOptimizerConfig {
  OptimizerMap optimizer_map{};
  std::optional<double> loss_scale_factor{};
  std::string name{};
  void fields(ConfigFields& v) {
    v("optimizer_map", optimizer_map)("loss_scale_factor", loss_scale_factor)("name", name);
  }
};
/// Several optimizers, each for its own weights. It has no learning rate of its own.
class MultiOptimizer : public Configured<MultiOptimizer, OptimizerBase, MultiOptimizerConfig> {
 public:
  static constexpr const char* keras_name = "MultiOptimizer";
  explicit MultiOptimizer(Config config);

  void build(FlatParameters parameters) override;
  bool begin_step() override;
  void apply_range(Dim begin, Dim end, const float* gradient) override;
  void end_step(bool updated) override;
  bool streams() const override { return false; }
  double loss_scale() const override { return config_.loss_scale_factor.value_or(1.0); }
  void finalize_weights() override;
  std::int64_t steps() const override { return own_step_.data<std::int64_t>()[0]; }
  double learning_rate() const override;
  void set_learning_rate(double value) override;
  std::vector<OptimizerState> state() override;

 protected:
  void prepare(double, std::int64_t) override {}
  void update(const Range&) override {}
  void make_slots() override {}
  bool by_variable() const override { return true; }

 private:
  struct Part {
    Optimizer optimizer;
    bool used = false, updates = false;
  };
  std::vector<Part> parts_;
  Tensor own_step_{Shape(), DType::int64}, own_rate_{Shape()};
};

}  // namespace rhyton
