#include "nn/training/metrics/regression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton::metrics {

namespace {
void require_same(const MetricBase& metric, Values& y_true, Values& y_pred) {
  squeeze_or_expand(y_true.shape, y_pred.shape);
  if (y_true.shape != y_pred.shape)
    raise<ValueError>(
        "{}: y_true and y_pred must have the same shape. Received: y_true.shape={}, y_pred.shape={}",
        metric.name(), to_string(y_true.shape), to_string(y_pred.shape));
}

struct Statistics {
  double mean_t = 0.0, mean_p = 0.0, var_t = 0.0, var_p = 0.0, covariance = 0.0;
};

// f(statistics) of each line along `axis`.
template <class F>
void along_axis(const MetricBase& metric, Values& t, Values& p, std::int64_t axis, Values& out, F&& f) {
  require_same(metric, t, p);
  const int a = normalize_axis(axis, p.shape.rank(), "axis");
  const Dim outer = p.shape.product(0, a), n = p.shape[a], inner = p.shape.product(a + 1, p.shape.rank());
  out.shape = p.shape.slice(0, a).concat(p.shape.from(a + 1));
  out.v.clear();
  const auto count = static_cast<double>(n);
  for (Dim o = 0; o < outer; ++o)
    for (Dim i = 0; i < inner; ++i) {
      const auto at = [&](const Values& x, Dim k) {
        return x.v[static_cast<std::size_t>((o * n + k) * inner + i)];
      };
      Statistics s;
      for (Dim k = 0; k < n; ++k) {
        s.mean_t += at(t, k) / count;
        s.mean_p += at(p, k) / count;
      }
      for (Dim k = 0; k < n; ++k) {
        const double dt = at(t, k) - s.mean_t, dp = at(p, k) - s.mean_p;
        s.var_t += dt * dt / count;
        s.var_p += dp * dp / count;
        s.covariance += dt * dp / count;
      }
      out.v.push_back(f(s));
    }
}
}  // namespace

RootMeanSquaredError::RootMeanSquaredError(Config config) : MetricOf(std::move(config)) {}
void RootMeanSquaredError::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  out.read(y_pred);
  require_same(*this, true_, out);
  for (std::size_t i = 0; i < out.v.size(); ++i) out.v[i] = (out.v[i] - true_.v[i]) * (out.v[i] - true_.v[i]);
}
double RootMeanSquaredError::result() const { return std::sqrt(MeanBase::result()); }

PearsonCorrelation::PearsonCorrelation(Config config) : MetricOf(std::move(config)) {}
void PearsonCorrelation::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  pred_.read(y_pred);
  along_axis(*this, true_, pred_, config_.axis, out,
             [](const Statistics& s) { return s.covariance / std::sqrt(s.var_t * s.var_p); });
}

ConcordanceCorrelation::ConcordanceCorrelation(Config config) : MetricOf(std::move(config)) {}
void ConcordanceCorrelation::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  pred_.read(y_pred);
  // mean((t - mean(p))(p - mean(p))) is the covariance, since the second factor has mean 0.
  along_axis(*this, true_, pred_, config_.axis, out, [](const Statistics& s) {
    const double apart = s.mean_t - s.mean_p;
    return 2.0 * s.covariance / (s.var_t + s.var_p + apart * apart + keras_config().epsilon);
  });
}

R2Score::R2Score(Config config) : MetricOf(std::move(config)) {
  const auto& how = config_.class_aggregation;
  if (how && *how != "uniform_average" && *how != "variance_weighted_average")
    throw ValueError(
        "R2Score: `class_aggregation` must be 'uniform_average', 'variance_weighted_average' or null. "
        "Received: "
        "class_aggregation=" +
        *how);
  if (config_.num_regressors < 0)
    throw ValueError("R2Score: `num_regressors` must not be negative. Received: num_regressors=" +
                     std::to_string(config_.num_regressors));
}

void R2Score::reset() {
  for (auto* v : {&squares_, &sum_, &residual_, &count_}) std::fill(v->begin(), v->end(), 0.0);
  elements_ = 0.0;
}

void R2Score::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  Values t, p, w;
  t.read(y_true);
  p.read(y_pred);
  require_same(*this, t, p);
  if (t.shape.rank() != 2)
    throw ValueError("R2Score: expected (batch, outputs). Received: y_true.shape=" + to_string(t.shape));
  if (weight) {
    w.read(weight);
    if (w.shape.rank() == 1) w.shape.push_back(1);
    if (broadcast(w.shape, t.shape, "R2Score: sample_weight") != t.shape)
      throw ValueError("R2Score: sample_weight does not fit. Received: sample_weight.shape=" +
                       to_string(w.shape));
  }
  const auto rows = static_cast<std::size_t>(t.shape[0]), outputs = static_cast<std::size_t>(t.shape[1]);
  for (auto* v : {&squares_, &sum_, &residual_, &count_}) v->resize(outputs);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < outputs; ++c) {
      const double y = t.v[r * outputs + c], d = y - p.v[r * outputs + c];
      double each = 1.0;
      if (weight)
        each =
            w.v[(w.shape[0] == 1 ? 0 : r) * static_cast<std::size_t>(w.shape[1]) + (w.shape[1] == 1 ? 0 : c)];
      sum_[c] += y * each;
      squares_[c] += y * y * each;
      residual_[c] += d * d * each;
      count_[c] += each;
    }
  elements_ += static_cast<double>(t.v.size());
}

std::vector<double> R2Score::results() const {
  if (sum_.empty()) return {0.0};
  std::vector<double> scores;
  double weighted = 0.0, totals = 0.0, plain = 0.0;
  for (std::size_t c = 0; c < sum_.size(); ++c) {
    const double total = squares_[c] - sum_[c] * sum_[c] / count_[c];
    double score = 1.0 - residual_[c] / total;
    if (std::isinf(score)) score = 0.0;
    scores.push_back(score);
    weighted += total * score;
    totals += total;
    plain += score / static_cast<double>(sum_.size());
  }
  if (config_.class_aggregation)
    scores = {*config_.class_aggregation == "uniform_average" ? plain : weighted / totals};
  const auto regressors = static_cast<double>(config_.num_regressors);
  if (regressors > 0.0 && regressors < elements_ - 1.0)
    for (double& score : scores)
      score = 1.0 - (1.0 - score) * (elements_ - 1.0) / (elements_ - regressors - 1.0);
  return scores;
}

bool honours_mask(const MetricBase& metric) {
  if (dynamic_cast<const RootMeanSquaredError*>(&metric) || dynamic_cast<const Mean*>(&metric) ||
      dynamic_cast<const Sum*>(&metric))
    return false;
  return dynamic_cast<const MeanBase*>(&metric) || dynamic_cast<const MeanMetricWrapper*>(&metric);
}

}  // namespace rhyton::metrics
