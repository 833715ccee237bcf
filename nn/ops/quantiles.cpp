#include "nn/ops/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/positions.hpp"

namespace rhyton::ops {

namespace {

/// Piecewise linear through (x, y), constant outside; x ascends.
double interpolate(double at, const std::vector<double>& x, const std::vector<double>& y) {
  if (at <= x.front()) return y.front();
  if (at >= x.back()) return y.back();
  const auto i = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), at) - x.begin());
  const double share = (at - x[i - 1]) / (x[i] - x[i - 1]);
  return y[i - 1] + share * (y[i] - y[i - 1]);
}

}  // namespace

void QuantileSummary::add(std::vector<float> values, double epsilon) {
  std::sort(values.begin(), values.end());
  // At most 1 / epsilon values, evenly spaced, stand for all.
  const double step = std::max(static_cast<double>(values.size()) * epsilon, 1.0);
  QuantileSummary merged;
  for (auto i = static_cast<std::size_t>(step - 1.0); i < values.size();
       i += static_cast<std::size_t>(step)) {
    merged.values_.push_back(values[i]);
    merged.weights_.push_back(static_cast<float>(step));
  }
  merged.values_.insert(merged.values_.end(), values_.begin(), values_.end());
  merged.weights_.insert(merged.weights_.end(), weights_.begin(), weights_.end());
  std::vector<std::size_t> order(merged.values_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  sort_positions(order, [&](std::size_t a, std::size_t b) { return merged.values_[a] < merged.values_[b]; });
  QuantileSummary sorted;
  for (std::size_t i : order) {
    sorted.values_.push_back(merged.values_[i]);
    sorted.weights_.push_back(merged.weights_[i]);
  }
  *this = compressed(sorted, epsilon);
}

QuantileSummary QuantileSummary::compressed(const QuantileSummary& summary, double epsilon) {
  const std::size_t n = summary.values_.size();
  if (static_cast<double>(n) * epsilon < 1.0) return summary;
  std::vector<double> values(summary.values_.begin(), summary.values_.end()), sums(n), shares(n);
  float total = 0.0f;
  for (std::size_t i = 0; i < n; ++i) sums[i] = total += summary.weights_[i];
  for (std::size_t i = 0; i < n; ++i) shares[i] = static_cast<float>(sums[i]) / total;
  QuantileSummary out;
  double before = 0.0;
  const auto bins = static_cast<std::size_t>(std::ceil(1.0 / epsilon));
  for (std::size_t i = 0; i < bins; ++i) {
    const double share = epsilon + static_cast<double>(i) * epsilon;
    const double sum = interpolate(share, shares, sums);
    out.values_.push_back(static_cast<float>(interpolate(share, shares, values)));
    out.weights_.push_back(static_cast<float>(sum - before));
    before = sum;
  }
  return out;
}

std::vector<float> QuantileSummary::boundaries(std::int64_t bins) const {
  if (values_.empty() || bins < 1) return {};
  std::vector<float> out = compressed(*this, 1.0 / static_cast<double>(bins)).values_;
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace rhyton::ops
