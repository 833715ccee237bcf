#pragma once
/// @file regression.hpp  RootMeanSquaredError, R2Score and correlations.
#include "nn/training/metrics/mean.hpp"

namespace rhyton::metrics {

/// sqrt(mean((p - t)^2)).
class RootMeanSquaredError : public MetricOf<RootMeanSquaredError, PlainConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "RootMeanSquaredError", *default_name = "root_mean_squared_error";
  explicit RootMeanSquaredError(Config config = {});
  double result() const override;
  std::optional<bool> higher_is_better() const override { return false; }

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_;
};

struct CorrelationConfig {
  std::int64_t axis = -1;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) { v("name", name)("dtype", dtype)("axis", axis); }
};
/// Mean over `axis` of the product of both, each standardized along it.
class PearsonCorrelation : public MetricOf<PearsonCorrelation, CorrelationConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "PearsonCorrelation", *default_name = "pearson_correlation";
  explicit PearsonCorrelation(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_, pred_;
};
/// 2 cov(t, p) / (var(t) + var(p) + (mean(t) - mean(p))^2 + epsilon) along `axis`.
class ConcordanceCorrelation : public MetricOf<ConcordanceCorrelation, CorrelationConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "ConcordanceCorrelation",
                              *default_name = "concordance_correlation";
  explicit ConcordanceCorrelation(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_, pred_;
};

struct R2ScoreConfig {
  std::optional<std::string> class_aggregation = "uniform_average";
  std::int64_t num_regressors = 0;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("class_aggregation", class_aggregation)("num_regressors", num_regressors);
  }
};
/// 1 - sum((t - p)^2) / sum((t - mean(t))^2) for each output, averaged ("uniform_average",
/// "variance_weighted_average") or not (null); adjusted for `num_regressors` independent variables, where
/// Keras counts all elements of y_true as samples.
class R2Score : public MetricOf<R2Score, R2ScoreConfig, SeveralValues> {
 public:
  static constexpr const char *keras_name = "R2Score", *default_name = "r2_score";
  explicit R2Score(Config config = {});
  void reset() override;
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  std::vector<double> results() const override;

 private:
  std::vector<double> squares_, sum_, residual_, count_;
  double elements_ = 0.0;
};

}  // namespace rhyton::metrics
