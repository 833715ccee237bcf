#pragma once
/// @file layerwise.hpp  Optimizers that look at whole weights: Lamb, Adafactor, Muon.
#include "nn/pattern.hpp"
#include "nn/training/optimizers/adam.hpp"

namespace rhyton {

/// Adam's direction u = m^ / (sqrt(v^) + epsilon), scaled by |w| / |u| for each weight (You et al., 2020).
class Lamb : public OptimizerOf<Lamb, AdamLikeConfig> {
 public:
  static constexpr const char* keras_name = "Lamb";
  explicit Lamb(Config config = {});

 protected:
  bool by_variable() const override { return true; }
  void make_slots() override { add_slots({"momentum", "velocity"}); }
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;

 private:
  float rate_ = 0.0f, of_m_ = 0.0f, of_v_ = 0.0f;
};

struct AdafactorConfig {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8, epsilon_1 = 1e-30, epsilon_2 = 1e-3, clip_threshold = 1.0;
  bool relative_step = true;
  std::optional<double> weight_decay{};
  RHYTON_OPTIMIZER_ARGUMENTS;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("beta_2_decay", beta_2_decay)("epsilon_1", epsilon_1)("epsilon_2", epsilon_2);
    v("clip_threshold", clip_threshold)("relative_step", relative_step);
  }
};
/// Second moments of matrices as the product of row and column means (Shazeer and Stern, 2018). The last two
/// dimensions are factored; vectors keep theirs whole.
class Adafactor : public OptimizerOf<Adafactor, AdafactorConfig> {
 public:
  static constexpr const char* keras_name = "Adafactor";
  explicit Adafactor(Config config = {});

 protected:
  bool by_variable() const override { return true; }
  void make_slots() override;
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;
  void append_slots(std::vector<OptimizerState>& out) override;

 private:
  std::vector<Tensor> rows_, columns_;  ///< by variable; scalars that stand for nothing below rank 2
  double rho_ = 0.0, beta_2_ = 0.0;
};

struct MuonConfig {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9, adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004;
  RHYTON_OPTIMIZER_ARGUMENTS;
  std::vector<std::string> exclude_layers{};
  bool exclude_embeddings = true;
  double muon_a = 3.4445, muon_b = -4.775, muon_c = 2.0315, adam_lr_ratio = 1.0, momentum = 0.95;
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
  void fields(ConfigFields& v) {
    optimizer_fields(v, *this);
    v("adam_beta_1", adam_beta_1)("adam_beta_2", adam_beta_2)("epsilon", epsilon);
    v("exclude_layers", exclude_layers)("muon_a", muon_a)("muon_b", muon_b)("muon_c", muon_c);
    v("adam_lr_ratio", adam_lr_ratio)("momentum", momentum)("ns_steps", ns_steps)("nesterov", nesterov);
    v("exclude_embeddings", exclude_embeddings)("adam_weight_decay", adam_weight_decay)("rms_rate", rms_rate);
  }
};
/// Momentum whose direction is orthogonalized by Newton-Schulz steps x = a x + (b A + c A^2) x, A = x x^T,
/// for matrices; Adam for all other weights, for embeddings and for paths that match `exclude_layers`
/// (regular expressions).
class Muon : public OptimizerOf<Muon, MuonConfig> {
 public:
  static constexpr const char* keras_name = "Muon";
  explicit Muon(Config config = {});

 protected:
  bool by_variable() const override { return true; }
  void make_slots() override;
  void prepare(double rate, std::int64_t t) override;
  void update(const Range& range) override;
  void append_slots(std::vector<OptimizerState>& out) override;
  std::optional<double> weight_decay_of(const OptimizerVariable& variable) const override;

 private:
  bool uses_adam(const OptimizerVariable& variable) const;
  void orthogonalize(Dim rows, Dim columns);

  AdamStep adam_;
  float rate_ = 0.0f;
  std::vector<bool> by_adam_;
  std::vector<Pattern> excluded_layers_;
  Tensor x_, square_, polynomial_, next_;  ///< scratch for the largest matrix
};

}  // namespace rhyton
