#include "nn/training/metrics/confusion.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton::metrics {

namespace {
// Below every prediction, so that the top k that were kept are positive.
constexpr double lowest = -1e10;
const std::string weight_text = "sample_weight of a metric";
}  // namespace

void from_config(const Json& json, Thresholds& value) {
  value = Thresholds();
  if (json.is_null()) return;
  value.given = true;
  value.is_list = json.is_array();
  if (value.is_list)
    rhyton::from_config(json, value.values);
  else
    rhyton::from_config(json, value.values.emplace_back());
}
void to_config(Json& json, const Thresholds& value) {
  if (!value.given)
    json = nullptr;
  else if (value.is_list)
    rhyton::to_config(json, value.values);
  else
    json = value.values.at(0);
}

void ConfusionCounts::set_thresholds(std::vector<double> thresholds) {
  thresholds_ = std::move(thresholds);
  const std::size_t n = thresholds_.size();
  even_ = n >= 3;
  for (std::size_t i = 0; i < n && even_; ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(n - 1);
    even_ = std::abs(thresholds_[i] - even) <= keras_config().epsilon * 1.01 + 1e-5 * even;
  }
  with_epsilon_ = n > 0 && (thresholds_.front() < 0.0 || thresholds_.back() > 1.0);
  sorted_ = std::is_sorted(thresholds_.begin(), thresholds_.end());
  reset();
}

void ConfusionCounts::reset() {
  for (auto* counts : {&tp, &fp, &tn, &fn}) counts->assign(thresholds_.size() * labels_, 0.0);
}

// How many thresholds, from the first, the prediction is greater than.
std::size_t ConfusionCounts::above(double prediction) const {
  if (even_) {
    // Keras's buckets, in float32: ceil(p (n - 1)) - 1 is the last threshold that p exceeds.
    const float p = std::clamp(static_cast<float>(prediction), 0.0f, 1.0f);
    const float bucket = std::ceil(p * static_cast<float>(thresholds_.size() - 1)) - 1.0f;
    if (std::isnan(bucket)) return 0;
    return static_cast<std::size_t>(std::max(bucket, with_epsilon_ ? 0.0f : -1.0f) + 1.0f);
  }
  return static_cast<std::size_t>(
      std::lower_bound(thresholds_.begin(), thresholds_.end(), prediction,
                       [](double t, double p) { return static_cast<float>(t) < static_cast<float>(p); }) -
      thresholds_.begin());
}

void ConfusionCounts::update(const MetricBase& owner, ConstView y_true, ConstView y_pred, ConstView weight,
                             const Options& options) {
  true_.read(y_true);
  pred_.read(y_pred);
  squeeze_or_expand(pred_.shape, true_.shape);
  if (true_.shape != pred_.shape)
    raise<ValueError>(
        "{}: y_true and y_pred must have the same shape. Received: y_true.shape={}, y_pred.shape={}",
        owner.name(), to_string(true_.shape), to_string(pred_.shape));
  const Shape& shape = pred_.shape;
  const auto width = static_cast<std::size_t>(shape.rank() > 0 ? shape.back() : 1);
  if (weight) {
    // Weights by sample: the last dimension is shared.
    weight_.read(weight);
    if (weight_.shape.rank() < shape.rank()) weight_.shape.push_back(1);
    if (broadcast(shape, weight_.shape, weight_text) != shape)
      raise<ValueError>("{}: sample_weight does not fit. Received: y_pred.shape={}, sample_weight.shape={}",
                        owner.name(), to_string(shape), to_string(weight_.shape));
  }
  if (options.class_id && shape.rank() < 2)
    raise<ValueError>("{}: `class_id` needs y_pred of shape (batch, classes). Received: y_pred.shape={}",
                      owner.name(), to_string(shape));
  if (options.from_logits)
    for (double& p : pred_.v) p = 1.0 / (1.0 + std::exp(-p));
  if (options.top_k) {
    const auto k = static_cast<std::size_t>(*options.top_k);
    order_.resize(width);
    for (std::size_t r = 0; r + width <= pred_.v.size(); r += width) {
      std::iota(order_.begin(), order_.end(), r);
      std::sort(order_.begin(), order_.end(), [&](auto a, auto b) {
        return pred_.v[a] > pred_.v[b] || (pred_.v[a] == pred_.v[b] && a < b);
      });
      for (std::size_t i = k; i < width; ++i) pred_.v[order_[i]] = lowest;
    }
  }
  const std::size_t labels = options.multi_label ? width : 1;
  if (labels != labels_) {
    labels_ = labels;
    reset();
  }
  const std::size_t n = thresholds_.size();
  for (std::size_t i = 0; i < pred_.v.size(); ++i) {
    const std::size_t column = i % width;
    if (options.class_id && column != static_cast<std::size_t>(*options.class_id)) continue;
    double each = 1.0;
    if (weight) {
      std::size_t at = 0, step = 1, rest = i;
      for (int d = shape.rank() - 1, w = weight_.shape.rank() - 1; d >= 0 && w >= 0; --d, --w) {
        const auto size = static_cast<std::size_t>(shape[d]);
        if (weight_.shape[w] != 1) at += rest % size * step;
        step *= static_cast<std::size_t>(weight_.shape[w]);
        rest /= size;
      }
      each = weight_.v[at];
    }
    if (options.label_weights && !options.multi_label) each *= options.label_weights->at(column);
    const bool positive = true_.v[i] != 0.0;
    const std::size_t label = options.multi_label ? column : 0;
    const std::size_t passed = sorted_ ? above(pred_.v[i]) : 0;
    for (std::size_t t = 0; t < n; ++t) {
      const bool predicted =
          sorted_ ? t < passed : static_cast<float>(pred_.v[i]) > static_cast<float>(thresholds_[t]);
      auto& counts = predicted ? (positive ? tp : fp) : (positive ? fn : tn);
      counts[t * labels_ + label] += each;
    }
  }
}

namespace {
std::vector<double> checked(const char* owner, const Thresholds& given, double fallback) {
  if (!given.given) return {fallback};
  for (double t : given.values)
    if (!(t >= 0.0 && t <= 1.0))
      raise<ValueError>("{}: `thresholds` must be in [0, 1]. Received: {}", owner, t);
  return given.values;
}
}  // namespace

template <class Derived>
CountMetric<Derived>::CountMetric(CountConfig&& config)
    : MetricOf<Derived, CountConfig, SeveralValues>(std::move(config)) {
  counts_.set_thresholds(checked(Derived::keras_name, this->config_.thresholds, 0.5));
}
TruePositives::TruePositives(Config config) : CountMetric(std::move(config)) {}
TrueNegatives::TrueNegatives(Config config) : CountMetric(std::move(config)) {}
FalsePositives::FalsePositives(Config config) : CountMetric(std::move(config)) {}
FalseNegatives::FalseNegatives(Config config) : CountMetric(std::move(config)) {}

namespace {
std::vector<double> ratios(const std::vector<double>& part, const std::vector<double>& other) {
  std::vector<double> out;
  for (std::size_t i = 0; i < part.size(); ++i) out.push_back(divide_no_nan(part[i], part[i] + other[i]));
  return out;
}
}  // namespace

Precision::Precision(Config config) : MetricOf(std::move(config)) {
  counts_.set_thresholds(checked(keras_name, config_.thresholds, config_.top_k ? lowest : 0.5));
}
void Precision::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight, {.top_k = config_.top_k, .class_id = config_.class_id});
}
std::vector<double> Precision::results() const { return ratios(counts_.tp, counts_.fp); }

Recall::Recall(Config config) : MetricOf(std::move(config)) {
  counts_.set_thresholds(checked(keras_name, config_.thresholds, config_.top_k ? lowest : 0.5));
}
void Recall::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  counts_.update(*this, y_true, y_pred, weight, {.top_k = config_.top_k, .class_id = config_.class_id});
}
std::vector<double> Recall::results() const { return ratios(counts_.tp, counts_.fn); }

}  // namespace rhyton::metrics
