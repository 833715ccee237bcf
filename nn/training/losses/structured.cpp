#include "nn/training/losses/structured.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/raise.hpp"

namespace rhyton::losses {

namespace {
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

double log_add(double a, double b) {
  if (a == minus_infinity) return b;
  if (b == minus_infinity) return a;
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}
}  // namespace

CTC::CTC(Config config) : Configured(std::move(config)) {
  set_common(config_.name, "ctc", config_.reduction);
}

Shape CTC::shape_of_values(const Shape& y_true, const Shape& y_pred) const {
  if (y_true.rank() != 2 || y_pred.rank() != 3 || y_true[0] != y_pred[0])
    raise<ValueError>(
        "CTC: expected labels (batch, length) and logits (batch, time, classes). Received: "
        "y_true.shape={}, y_pred.shape={}",
        to_string(y_true), to_string(y_pred));
  return {y_pred[0]};
}

void CTC::compute(const Batch& batch) {
  const Dim time = batch.shape[1], classes = batch.shape[2], length = batch.true_shape[1];
  dispatch_real(batch.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (Dim b = 0; b < batch.shape[0]; ++b) {
      T* gradient = batch.gradient ? static_cast<T*>(batch.gradient) + b * time * classes : nullptr;
      batch.values[b] = sequence(static_cast<const T*>(batch.y_true) + b * length, length,
                                 static_cast<const T*>(batch.y_pred) + b * time * classes, time, classes,
                                 batch.factors ? batch.factors[b] : 0.0, gradient);
    }
  });
}

template <class T>
double CTC::sequence(const T* labels, Dim length, const T* logits, Dim time, Dim classes, double factor,
                     T* gradient) {
  // Labels with a blank (0) before, between and behind; Keras counts those that are not 0 and takes that
  // many.
  Dim count = 0;
  for (Dim i = 0; i < length; ++i) count += labels[i] != T(0);
  path_.assign(static_cast<std::size_t>(2 * count + 1), 0);
  for (Dim i = 0; i < count; ++i) {
    const auto label = static_cast<Dim>(labels[i]);
    if (label < 0 || label >= classes)
      raise<ValueError>("CTC: labels must lie in [0, classes). Received: the label {} of {} classes", label,
                        classes);
    path_[static_cast<std::size_t>(2 * i + 1)] = label;
  }
  const auto states = path_.size();
  const auto steps = static_cast<std::size_t>(time), width = static_cast<std::size_t>(classes);
  log_softmax_.resize(steps * width);
  for (std::size_t t = 0; t < steps; ++t) {
    const T* x = logits + t * width;
    const auto top = static_cast<double>(*std::max_element(x, x + width));
    double sum = 0.0;
    for (std::size_t c = 0; c < width; ++c) sum += std::exp(static_cast<double>(x[c]) - top);
    for (std::size_t c = 0; c < width; ++c)
      log_softmax_[t * width + c] = static_cast<double>(x[c]) - top - std::log(sum);
  }
  auto emission = [&](std::size_t t, std::size_t s) {
    return log_softmax_[t * width + static_cast<std::size_t>(path_[s])];
  };
  // A label may follow the one two places before, unless it is the same.
  auto skips = [&](std::size_t s) { return s >= 2 && path_[s] != 0 && path_[s] != path_[s - 2]; };

  forward_.assign(steps * states, minus_infinity);
  for (std::size_t s = 0; s < std::min<std::size_t>(2, states); ++s) forward_[s] = emission(0, s);
  for (std::size_t t = 1; t < steps; ++t)
    for (std::size_t s = 0; s < states; ++s) {
      const double* before = &forward_[(t - 1) * states];
      double sum = before[s];
      if (s >= 1) sum = log_add(sum, before[s - 1]);
      if (skips(s)) sum = log_add(sum, before[s - 2]);
      forward_[t * states + s] = sum + emission(t, s);
    }
  const double* last = &forward_[(steps - 1) * states];
  const double probability = states > 1 ? log_add(last[states - 1], last[states - 2]) : last[0];
  if (!gradient) return -probability;

  backward_.assign(steps * states, minus_infinity);
  for (std::size_t s = states - std::min<std::size_t>(2, states); s < states; ++s)
    backward_[(steps - 1) * states + s] = 0.0;
  for (std::size_t t = steps - 1; t-- > 0;)
    for (std::size_t s = 0; s < states; ++s) {
      const double* after = &backward_[(t + 1) * states];
      double sum = after[s] + emission(t + 1, s);
      if (s + 1 < states) sum = log_add(sum, after[s + 1] + emission(t + 1, s + 1));
      if (s + 2 < states && skips(s + 2)) sum = log_add(sum, after[s + 2] + emission(t + 1, s + 2));
      backward_[t * states + s] = sum;
    }
  // d(-log p) / dx = softmax - the share of alignments that emit the class at that time.
  for (std::size_t t = 0; t < steps; ++t) {
    T* g = gradient + t * width;
    for (std::size_t c = 0; c < width; ++c)
      g[c] = static_cast<T>(factor * std::exp(log_softmax_[t * width + c]));
    if (probability == minus_infinity) continue;
    for (std::size_t s = 0; s < states; ++s)
      g[path_[s]] -= static_cast<T>(
          factor * std::exp(forward_[t * states + s] + backward_[t * states + s] - probability));
  }
  return -probability;
}

Circle::Circle(Config config) : Configured(std::move(config)) {
  set_common(config_.name, "circle", config_.reduction);
}

bool Circle::own_mask(const Batch& batch, std::vector<double>& mask) {
  Batch values = batch;
  values.gradient = nullptr;
  compute(values);
  mask.resize(this->values().size());
  // Keras masks by loss > 0 in float32.
  for (std::size_t i = 0; i < mask.size(); ++i)
    mask[i] = static_cast<float>(this->values()[i]) > 0.0f ? 1.0 : 0.0;
  return true;
}

void Circle::compute(const Batch& batch) {
  if (batch.shape.rank() != 2)
    throw ValueError("Circle: expected embeddings (batch, units). Received: y_pred.shape=" +
                     to_string(batch.shape));
  const Dim n = batch.shape[0], units = batch.shape[1];
  const double m = config_.margin, gamma = config_.gamma;
  distance_.resize(static_cast<std::size_t>(n));
  term_.resize(static_cast<std::size_t>(n));
  slope_.resize(static_cast<std::size_t>(n));
  dispatch_real(batch.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* label = static_cast<const T*>(batch.y_true);
    const T* x = static_cast<const T*>(batch.y_pred);
    T* gradient = static_cast<T*>(batch.gradient);
    if (gradient) std::fill_n(gradient, n * units, T(0));
    for (Dim i = 0; i < n; ++i) {
      double sums[2] = {0.0, 0.0},
             tops[2] = {minus_infinity, minus_infinity};  // of the same label, of others
      for (Dim j = 0; j < n; ++j) {
        const auto k = static_cast<std::size_t>(j);
        double product = 0.0;
        for (Dim u = 0; u < units; ++u)
          product += static_cast<double>(x[i * units + u]) * static_cast<double>(x[j * units + u]);
        const double d = distance_[k] = std::max(1.0 - product, 0.0);
        const bool same = label[i] == label[j];
        const double away = std::max(1.0 + m - d, 0.0);
        term_[k] = same ? gamma * std::max(m + d, 0.0) * (d - m) : gamma * away * (1.0 - m - d);
        slope_[k] = product > 1.0 ? 0.0 : same ? gamma * 2.0 * d : away > 0.0 ? gamma * (2.0 * d - 2.0) : 0.0;
        if (same && i == j && config_.remove_diagonal) term_[k] = minus_infinity;
        tops[!same] = std::max(tops[!same], term_[k]);
      }
      for (Dim j = 0; j < n; ++j) {
        const int other = label[i] != label[j];
        if (tops[other] > minus_infinity)
          sums[other] += std::exp(term_[static_cast<std::size_t>(j)] - tops[other]);
      }
      const double total = tops[0] + std::log(sums[0]) + tops[1] + std::log(sums[1]);
      const bool paired = tops[0] > minus_infinity && tops[1] > minus_infinity;
      batch.values[i] = paired ? std::max(total, 0.0) + std::log1p(std::exp(-std::abs(total))) : 0.0;
      if (!gradient || !paired || batch.factors[i] == 0.0) continue;
      const double outer = batch.factors[i] / (1.0 + std::exp(-total));
      for (Dim j = 0; j < n; ++j) {
        const auto k = static_cast<std::size_t>(j);
        const int other = label[i] != label[j];
        if (term_[k] == minus_infinity) continue;
        const double by = -outer * std::exp(term_[k] - tops[other]) / sums[other] * slope_[k];
        for (Dim u = 0; u < units; ++u) {
          gradient[i * units + u] += static_cast<T>(by * static_cast<double>(x[j * units + u]));
          gradient[j * units + u] += static_cast<T>(by * static_cast<double>(x[i * units + u]));
        }
      }
    }
  });
}

}  // namespace rhyton::losses
