#pragma once
/// @file f_score.hpp  FBetaScore, F1Score.
#include "nn/training/metrics/support.hpp"

namespace rhyton::metrics {

/// (1 + beta^2) precision recall / (beta^2 precision + recall) by class, or averaged: "micro" (over all
/// counts), "macro" (over classes), "weighted" (by true instances). y_pred counts as positive above
/// `threshold`, or where it is its row's maximum.
class FScoreBase : public SeveralValues {
 public:
  void reset() override;
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;

 protected:
  std::vector<double> scores(double beta, const std::optional<std::string>& average) const;
  static void check(const char* owner, double beta, const std::optional<std::string>& average,
                    const std::optional<double>& threshold);
  virtual const std::optional<double>& threshold() const = 0;
  virtual bool micro() const = 0;

 private:
  std::vector<double> tp_, fp_, fn_, support_;
};

struct FBetaScoreConfig {
  std::optional<std::string> average{};
  double beta = 1.0;
  std::optional<double> threshold{};
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("average", average)("beta", beta)("threshold", threshold);
  }
};
class FBetaScore : public MetricOf<FBetaScore, FBetaScoreConfig, FScoreBase> {
 public:
  static constexpr const char *keras_name = "FBetaScore", *default_name = "fbeta_score";
  explicit FBetaScore(Config config = {}) : MetricOf(std::move(config)) {
    check(keras_name, config_.beta, config_.average, config_.threshold);
  }
  std::vector<double> results() const override { return scores(config_.beta, config_.average); }

 protected:
  const std::optional<double>& threshold() const override { return config_.threshold; }
  bool micro() const override { return config_.average == "micro"; }
};

struct F1ScoreConfig {
  std::optional<std::string> average{};
  std::optional<double> threshold{};
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("average", average)("threshold", threshold);
  }
};
class F1Score : public MetricOf<F1Score, F1ScoreConfig, FScoreBase> {
 public:
  static constexpr const char *keras_name = "F1Score", *default_name = "f1_score";
  explicit F1Score(Config config = {}) : MetricOf(std::move(config)) {
    check(keras_name, 1.0, config_.average, config_.threshold);
  }
  std::vector<double> results() const override { return scores(1.0, config_.average); }

 protected:
  const std::optional<double>& threshold() const override { return config_.threshold; }
  bool micro() const override { return config_.average == "micro"; }
};

}  // namespace rhyton::metrics
