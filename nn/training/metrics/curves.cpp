#include "nn/training/metrics/curves.hpp"

#include <algorithm>
#include <cmath>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton::metrics {

AUC::AUC(Config config) : MetricOf(std::move(config)) {
  auto one_of = [](const char* argument, const std::string& value, std::initializer_list<const char*> known) {
    if (std::none_of(known.begin(), known.end(), [&](const char* k) { return value == k; }))
      raise<ValueError>("AUC: `{}` is unknown. Received: {}={}", argument, argument, value);
  };
  // Keras also takes lower case.
  for (char& c : config_.curve) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  for (char& c : config_.summation_method) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  one_of("curve", config_.curve, {"ROC", "PR", "PRGAIN"});
  one_of("summation_method", config_.summation_method, {"interpolation", "minoring", "majoring"});
  if (config_.num_labels && !config_.multi_label)
    throw ValueError("AUC: `num_labels` is needed only when `multi_label` is true.");
  std::vector<double> thresholds{-keras_config().epsilon};
  if (config_.thresholds) {
    std::vector<double> inner = *config_.thresholds;
    std::sort(inner.begin(), inner.end());
    thresholds.insert(thresholds.end(), inner.begin(), inner.end());
    config_.num_thresholds = static_cast<std::int64_t>(inner.size()) + 2;
  } else {
    if (config_.num_thresholds <= 1)
      throw ValueError("AUC: `num_thresholds` must be greater than 1. Received: num_thresholds=" +
                       std::to_string(config_.num_thresholds));
    for (std::int64_t i = 1; i + 1 < config_.num_thresholds; ++i)
      thresholds.push_back(static_cast<double>(i) / static_cast<double>(config_.num_thresholds - 1));
  }
  thresholds.push_back(1.0 + keras_config().epsilon);
  counts_.set_thresholds(std::move(thresholds));
}

void AUC::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight,
                 {.multi_label = config_.multi_label,
                  .from_logits = config_.from_logits,
                  .label_weights = config_.label_weights ? &*config_.label_weights : nullptr});
}

double AUC::area(std::size_t label) const {
  if (config_.curve == "PR" && config_.summation_method == "interpolation") return interpolated_pr(label);
  const std::size_t n = counts_.thresholds().size(), labels = counts_.labels();
  auto point = [&](std::size_t i) {
    const std::size_t at = i * labels + label;
    const double tp = counts_.tp[at], fp = counts_.fp[at], tn = counts_.tn[at], fn = counts_.fn[at];
    const double recall = divide_no_nan(tp, tp + fn);
    if (config_.curve == "ROC") return std::pair(divide_no_nan(fp, fp + tn), recall);
    if (config_.curve == "PR") return std::pair(recall, divide_no_nan(tp, tp + fp));
    // Gains after Flach and Kull (2015); without true positives recall gain is 0 and precision gain 1.
    if (tp == 0.0) return std::pair(0.0, 1.0);
    const double scale = divide_no_nan(tp + fn, tn + fp);
    return std::pair(std::max(1.0 - scale * fn / tp, 0.0), 1.0 - scale * fp / tp);
  };
  double sum = 0.0;
  auto [x, y] = point(0);
  for (std::size_t i = 1; i < n; ++i) {
    const auto [next_x, next_y] = point(i);
    const double height = config_.summation_method == "interpolation" ? (y + next_y) / 2.0
                          : config_.summation_method == "minoring"    ? std::min(y, next_y)
                                                                      : std::max(y, next_y);
    sum += (x - next_x) * height;
    x = next_x;
    y = next_y;
  }
  return sum;
}

// Between thresholds A and B true positives are linear in predicted positives P, so that the area under
// precision is slope (dTP + intercept log(P_A / P_B)) / positives.
double AUC::interpolated_pr(std::size_t label) const {
  const std::size_t labels = counts_.labels();
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < counts_.thresholds().size(); ++i) {
    const std::size_t a = i * labels + label, b = a + labels;
    const double tp = counts_.tp[b], dtp = counts_.tp[a] - tp;
    const double p_a = counts_.tp[a] + counts_.fp[a], p_b = tp + counts_.fp[b];
    const double slope = divide_no_nan(dtp, std::max(p_a - p_b, 0.0));
    const double intercept = tp - slope * p_b;
    const double ratio = p_a > 0.0 && p_b > 0.0 ? p_a / p_b : 1.0;
    sum += divide_no_nan(slope * (dtp + intercept * std::log(ratio)), std::max(tp + counts_.fn[b], 0.0));
  }
  return sum;
}

double AUC::result() const {
  if (!config_.multi_label) return area(0);
  double sum = 0.0, weights = 0.0;
  for (std::size_t label = 0; label < counts_.labels(); ++label) {
    const double weight = config_.label_weights ? config_.label_weights->at(label) : 1.0;
    sum += weight * area(label);
    weights += weight;
  }
  return divide_no_nan(sum, weights);
}

namespace {

std::vector<double> spread(const char* owner, const char* argument, double bound, std::int64_t count) {
  if (!(bound >= 0.0 && bound <= 1.0))
    raise<ValueError>("{}: `{}` must be in [0, 1]. Received: {}={}", owner, argument, argument, bound);
  if (count <= 0)
    raise<ValueError>("{}: `num_thresholds` must be positive. Received: num_thresholds={}", owner, count);
  if (count == 1) return {0.5};
  std::vector<double> out;
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  return out;
}

using Counts = std::vector<double>;

// The largest wanted rate a / (a + b) among thresholds whose bounded rate c / (c + d) reaches `bound`.
double best(const Counts& a, const Counts& b, const Counts& c, const Counts& d, double bound) {
  double top = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto bounded = static_cast<float>(divide_no_nan(c[i], c[i] + d[i]));
    if (bounded >= static_cast<float>(bound)) top = std::max(top, divide_no_nan(a[i], a[i] + b[i]));
  }
  return top;
}

}  // namespace

SensitivityAtSpecificity::SensitivityAtSpecificity(Config config) : MetricOf(std::move(config)) {
  counts_.set_thresholds(spread(keras_name, "specificity", config_.specificity, config_.num_thresholds));
}
void SensitivityAtSpecificity::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight, {.class_id = config_.class_id});
}
double SensitivityAtSpecificity::result() const {
  return best(counts_.tp, counts_.fn, counts_.tn, counts_.fp, config_.specificity);
}

SpecificityAtSensitivity::SpecificityAtSensitivity(Config config) : MetricOf(std::move(config)) {
  counts_.set_thresholds(spread(keras_name, "sensitivity", config_.sensitivity, config_.num_thresholds));
}
void SpecificityAtSensitivity::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight, {.class_id = config_.class_id});
}
double SpecificityAtSensitivity::result() const {
  return best(counts_.tn, counts_.fp, counts_.tp, counts_.fn, config_.sensitivity);
}

PrecisionAtRecall::PrecisionAtRecall(Config config) : MetricOf(std::move(config)) {
  counts_.set_thresholds(spread(keras_name, "recall", config_.recall, config_.num_thresholds));
}
void PrecisionAtRecall::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight, {.class_id = config_.class_id});
}
double PrecisionAtRecall::result() const {
  return best(counts_.tp, counts_.fp, counts_.tp, counts_.fn, config_.recall);
}

RecallAtPrecision::RecallAtPrecision(Config config) : MetricOf(std::move(config)) {
  counts_.set_thresholds(spread(keras_name, "precision", config_.precision, config_.num_thresholds));
}
void RecallAtPrecision::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight, {.class_id = config_.class_id});
}
double RecallAtPrecision::result() const {
  return best(counts_.tp, counts_.fn, counts_.tp, counts_.fp, config_.precision);
}

}  // namespace rhyton::metrics
