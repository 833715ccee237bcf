#include "nn/training/metrics/f_score.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton::metrics {

void FScoreBase::check(const char* owner, double beta, const std::optional<std::string>& average,
                       const std::optional<double>& threshold) {
  if (average && *average != "micro" && *average != "macro" && *average != "weighted")
    throw ValueError(
        std::string(owner) +
        ": `average` must be null, 'micro', 'macro' or 'weighted'. Received: average=" + *average);
  if (!(beta > 0.0)) raise<ValueError>("{}: `beta` must be positive. Received: beta={}", owner, beta);
  if (threshold && !(*threshold > 0.0 && *threshold <= 1.0))
    raise<ValueError>("{}: `threshold` must be in (0, 1]. Received: threshold={}", owner, *threshold);
}

void FScoreBase::reset() {
  for (auto* v : {&tp_, &fp_, &fn_, &support_}) std::fill(v->begin(), v->end(), 0.0);
}

void FScoreBase::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  Values t, p, w;
  t.read(y_true);
  p.read(y_pred);
  if (t.shape.rank() != 2 || t.shape != p.shape)
    raise<ValueError>(
        "{}: expected y_true and y_pred of shape (batch, classes). Received: y_true.shape={}, "
        "y_pred.shape={}",
        name(), to_string(t.shape), to_string(p.shape));
  if (weight) w.read(weight);
  const auto rows = static_cast<std::size_t>(p.shape[0]), classes = static_cast<std::size_t>(p.shape[1]);
  if (weight && w.v.size() != rows)
    raise<ValueError>("{}: expected one sample_weight a sample. Received: sample_weight.shape={}", name(),
                      to_string(w.shape));
  for (auto* v : {&tp_, &fp_, &fn_, &support_}) v->resize(micro() ? 1 : classes);
  for (std::size_t r = 0; r < rows; ++r) {
    const double* scores = p.v.data() + r * classes;
    const double top = *std::max_element(scores, scores + classes), each = weight ? w.v[r] : 1.0;
    for (std::size_t c = 0; c < classes; ++c) {
      const bool positive = threshold() ? static_cast<float>(scores[c]) > static_cast<float>(*threshold())
                                        : scores[c] >= top && std::abs(scores[c]) > 1e-9;
      const double y = t.v[r * classes + c], q = positive ? 1.0 : 0.0;
      const std::size_t k = micro() ? 0 : c;
      tp_[k] += each * q * y;
      fp_[k] += each * q * (1.0 - y);
      fn_[k] += each * (1.0 - q) * y;
      support_[k] += each * y;
    }
  }
}

std::vector<double> FScoreBase::scores(double beta, const std::optional<std::string>& average) const {
  const double epsilon = keras_config().epsilon, square = beta * beta;
  std::vector<double> out;
  for (std::size_t k = 0; k < tp_.size(); ++k) {
    const double precision = tp_[k] / (tp_[k] + fp_[k] + epsilon),
                 recall = tp_[k] / (tp_[k] + fn_[k] + epsilon);
    out.push_back(precision * recall / (square * precision + recall + epsilon) * (1.0 + square));
  }
  if (!average || out.empty()) return out;
  if (*average == "weighted") {
    const double total = std::accumulate(support_.begin(), support_.end(), 0.0) + epsilon;
    return {std::inner_product(out.begin(), out.end(), support_.begin(), 0.0) / total};
  }
  return {std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(out.size())};
}

}  // namespace rhyton::metrics
