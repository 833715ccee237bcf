#include "nn/training/metrics/mean.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nn/raise.hpp"

namespace rhyton::metrics {

Mean::Mean(Config config) : MetricOf(std::move(config)) {}

void Values::read(ConstView view) {
  shape = view.shape();
  v.resize(static_cast<std::size_t>(view.size()));
  copy(view, View(v.data(), shape, DType::float64));
}

Dim argmax(const double* x, Dim n) { return std::max_element(x, x + n) - x; }

double SeveralValues::result() const {
  const std::vector<double> all = results();
  return all.empty() ? 0.0 : std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

void MeanBase::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  values(y_true, y_pred, values_);
  add(values_, weight, true);
}

void MeanBase::add(Values& values, ConstView weight, bool mean) {
  auto trailing = [&](const Shape& shape) {
    return mean && shape.rank() > 1 ? static_cast<double>(shape.product(1, shape.rank())) : 1.0;
  };
  if (!weight) {
    total_ += std::accumulate(values.v.begin(), values.v.end(), 0.0) / trailing(values.shape);
    count_ += values.shape.rank() > 0 ? static_cast<double>(values.shape[0]) : 1.0;
    return;
  }
  weight_.read(weight);
  adjust(values, weight_);
  squeeze_or_expand(values.shape, weight_.shape);
  const int rank = weight_.shape.rank();
  if (values.shape.rank() > rank) {
    const Shape kept = values.shape.slice(0, rank);
    const auto each = static_cast<std::size_t>(values.shape.product(rank, values.shape.rank()));
    for (std::size_t i = 0; i * each < values.v.size(); ++i) {
      const auto first = values.v.begin() + static_cast<std::ptrdiff_t>(i * each);
      values.v[i] = std::accumulate(first, first + static_cast<std::ptrdiff_t>(each), 0.0) /
                    (mean ? static_cast<double>(each) : 1.0);
    }
    values.shape = kept;
    values.v.resize(static_cast<std::size_t>(kept.size()));
  }
  static const std::string what = "sample_weight of a metric";
  if (broadcast(values.shape, weight_.shape, what) != values.shape)
    raise<ValueError>(
        "{}: sample_weight does not fit the values. Received: values.shape={}, sample_weight.shape={}",
        name(), to_string(values.shape), to_string(weight_.shape));
  double total = 0.0, count = 0.0;
  for (std::size_t i = 0; i < values.v.size(); ++i) {
    // The weight's position: its dimensions of size 1 stand still.
    std::size_t at = 0, step = 1, rest = i;
    for (int d = values.shape.rank() - 1, w = rank - 1; d >= 0; --d, --w) {
      const auto size = static_cast<std::size_t>(values.shape[d]);
      if (w >= 0) {
        if (weight_.shape[w] != 1) at += rest % size * step;
        step *= static_cast<std::size_t>(weight_.shape[w]);
      }
      rest /= size;
    }
    total += values.v[i] * weight_.v[at];
    count += weight_.v[at];
  }
  total_ += total / trailing(values.shape);
  count_ += count / trailing(values.shape);
}

Sum::Sum(Config config) : MetricOf(std::move(config)) {}
void Sum::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  values(y_true, y_pred, summed_);
  add(summed_, weight, false);
}

void from_config(const Json& json, FunctionName& value) {
  const ObjectJson object = parse_object(json);
  value.name = object.class_name;
}
void to_config(Json& json, const FunctionName& value) {
  json = Json({{"module", "builtins"}, {"class_name", "function"}});
  json["config"] = value.name;
  json["registered_name"] = "function";
}

MeanMetricWrapper::MeanMetricWrapper(Config config) : Configured(std::move(config)) {
  if (config_.fn.name.empty() || config_.fn.name == "MeanMetricWrapper")
    throw ValueError("MeanMetricWrapper: `fn` must name a metric function of Keras.");
  metric_ = Metric(config_.fn.name);
  if (config_.name.empty()) config_.name = config_.fn.name;
}

}  // namespace rhyton::metrics
