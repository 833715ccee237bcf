#include "nn/training/metrics/accuracy.hpp"

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton::metrics {

namespace {

void same_shape(const MetricBase& metric, Values& y_true, Values& y_pred) {
  squeeze_or_expand(y_true.shape, y_pred.shape);
  if (y_true.shape != y_pred.shape)
    raise<ValueError>(
        "{}: y_true and y_pred must have the same shape. Received: y_true.shape={}, y_pred.shape={}",
        metric.name(), to_string(y_true.shape), to_string(y_pred.shape));
}

// Class indices: one for each row of y_pred.
void one_a_row(const MetricBase& metric, Values& y_true, const Values& y_pred) {
  if (y_true.shape.rank() == y_pred.shape.rank() && y_true.last() == 1)
    y_true.shape = y_true.shape.slice(0, -1);
  if (y_pred.shape.rank() == 0 || y_true.shape != y_pred.shape.slice(0, -1))
    raise<ValueError>(
        "{}: y_true must hold one class index for each row of y_pred. Received: y_true.shape={}, "
        "y_pred.shape={}",
        metric.name(), to_string(y_true.shape), to_string(y_pred.shape));
}

// A value for each row along the last axis of y_pred.
template <class F>
void by_row(const Values& y_pred, Values& out, F&& f) {
  const Dim n = y_pred.last(), rows = y_pred.rows();
  out.shape = y_pred.shape.slice(0, -1);
  out.v.resize(static_cast<std::size_t>(rows));
  for (Dim r = 0; r < rows; ++r)
    out.v[static_cast<std::size_t>(r)] = f(r, y_pred.v.data() + r * n, n) ? 1.0 : 0.0;
}

bool in_top(const double* scores, Dim n, Dim label, Dim k) {
  if (label < 0 || label >= n) return false;
  return std::count_if(scores, scores + n, [&](double s) { return s > scores[label]; }) < k;
}

}  // namespace

Accuracy::Accuracy(Config config) : MetricOf(std::move(config)) {}
void Accuracy::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  out.read(y_pred);
  same_shape(*this, true_, out);
  for (std::size_t i = 0; i < out.v.size(); ++i) out.v[i] = out.v[i] == true_.v[i] ? 1.0 : 0.0;
}

// Any threshold: logits are told apart at 0.
BinaryAccuracy::BinaryAccuracy(Config config) : MetricOf(std::move(config)) {}

void BinaryAccuracy::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  out.read(y_pred);
  same_shape(*this, true_, out);
  const auto threshold = static_cast<double>(static_cast<float>(config_.threshold));
  for (std::size_t i = 0; i < out.v.size(); ++i)
    out.v[i] = (out.v[i] > threshold ? 1.0 : 0.0) == true_.v[i] ? 1.0 : 0.0;
}

CategoricalAccuracy::CategoricalAccuracy(Config config) : MetricOf(std::move(config)) {}
void CategoricalAccuracy::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  pred_.read(y_pred);
  same_shape(*this, true_, pred_);
  by_row(pred_, out, [&](Dim r, const double* scores, Dim n) {
    return argmax(true_.v.data() + r * n, n) == argmax(scores, n);
  });
}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(Config config) : MetricOf(std::move(config)) {}
void SparseCategoricalAccuracy::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  pred_.read(y_pred);
  one_a_row(*this, true_, pred_);
  by_row(pred_, out, [&](Dim r, const double* scores, Dim n) {
    return true_.v[static_cast<std::size_t>(r)] == static_cast<double>(argmax(scores, n));
  });
}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(Config config) : MetricOf(std::move(config)) {}
void TopKCategoricalAccuracy::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  pred_.read(y_pred);
  same_shape(*this, true_, pred_);
  by_row(pred_, out, [&](Dim r, const double* scores, Dim n) {
    return in_top(scores, n, argmax(true_.v.data() + r * n, n), config_.k);
  });
}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(Config config) : MetricOf(std::move(config)) {}
void SparseTopKCategoricalAccuracy::values(ConstView y_true, ConstView y_pred, Values& out) {
  true_.read(y_true);
  pred_.read(y_pred);
  one_a_row(*this, true_, pred_);
  by_row(pred_, out, [&](Dim r, const double* scores, Dim n) {
    const double label = true_.v[static_cast<std::size_t>(r)];
    if (config_.from_sorted_ids)
      return std::find(scores, scores + std::min(n, config_.k), label) != scores + std::min(n, config_.k);
    return in_top(scores, n, static_cast<Dim>(label), config_.k);
  });
}

}  // namespace rhyton::metrics
