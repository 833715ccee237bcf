#include "nn/training/losses/crossentropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton::losses {

namespace {

template <class T>
T least() {
  return static_cast<T>(keras_config().epsilon);
}
template <class T>
T clipped(T p) {
  return std::clamp(p, least<T>(), T(1) - least<T>());
}
// A clip passes the gradient inside and at its bounds.
template <class T>
bool passes(T p) {
  return p >= least<T>() && p <= T(1) - least<T>();
}
template <class T>
T sigmoid(T x) {
  return x >= T(0) ? T(1) / (T(1) + std::exp(-x)) : std::exp(x) / (T(1) + std::exp(x));
}
// log(sum(exp(x))), safe for large x.
template <class T>
T log_sum_exp(const T* x, Dim n) {
  const T top = *std::max_element(x, x + n);
  if (std::isinf(top)) return top;
  T sum = T(0);
  for (Dim i = 0; i < n; ++i) sum += std::exp(x[i] - top);
  return top + std::log(sum);
}
template <class T>
T sum_of(const T* x, Dim n) {
  T sum = T(0);
  for (Dim i = 0; i < n; ++i) sum += x[i];
  return sum;
}
template <class T>
T smooth(T t, double smoothing, double share) {
  return smoothing == 0.0 ? t : t * static_cast<T>(1.0 - smoothing) + static_cast<T>(smoothing * share);
}
// The index in t, or -1 when it is no class.
template <class T>
Dim index_of(T t, Dim classes) {
  const auto index = static_cast<Dim>(t);
  return t >= T(0) && index < classes ? index : -1;
}

}  // namespace

BinaryCrossentropy::BinaryCrossentropy(Config config) : RowLoss(std::move(config)) {}

template <class T>
double BinaryCrossentropy::row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const {
  const double s = config_.label_smoothing;
  const T each = static_cast<T>(factor / static_cast<double>(n));
  double sum = 0.0;
  if (logits || config_.from_logits) {
    for (Dim i = 0; i < n; ++i) {
      const T y = smooth(t[i], s, 0.5);
      sum += static_cast<double>(std::max(p[i], T(0)) - p[i] * y + std::log1p(std::exp(-std::abs(p[i]))));
      if (gradient) gradient[i] = each * (sigmoid(p[i]) - y);
    }
  } else {
    for (Dim i = 0; i < n; ++i) {
      const T y = smooth(t[i], s, 0.5), q = clipped(p[i]);
      sum -= static_cast<double>(y * std::log(q) + (T(1) - y) * std::log(T(1) - q));
      if (gradient) gradient[i] = passes(p[i]) ? each * (q - y) / (q * (T(1) - q)) : T(0);
    }
  }
  return sum / static_cast<double>(n);
}

BinaryFocalCrossentropy::BinaryFocalCrossentropy(Config config) : RowLoss(std::move(config)) {}

template <class T>
double BinaryFocalCrossentropy::row(const T* t, const T* x, Dim n, bool, double factor, T* gradient) const {
  const T alpha = static_cast<T>(config_.alpha), gamma = static_cast<T>(config_.gamma);
  const T each = static_cast<T>(factor / static_cast<double>(n));
  double sum = 0.0;
  for (Dim i = 0; i < n; ++i) {
    const T y = smooth(t[i], config_.label_smoothing, 0.5);
    const T p = config_.from_logits ? sigmoid(x[i]) : x[i], q = clipped(p);
    const T entropy = -(y * std::log(q) + (T(1) - y) * std::log(T(1) - q));
    const T rest = T(1) - (y * p + (T(1) - y) * (T(1) - p));
    const T focus = std::pow(rest, gamma);
    const T balance = config_.apply_class_balancing ? y * alpha + (T(1) - y) * (T(1) - alpha) : T(1);
    sum += static_cast<double>(balance * focus * entropy);
    if (!gradient) continue;
    const T of_entropy = passes(p) ? (q - y) / (q * (T(1) - q)) : T(0);
    const T of_focus = gamma == T(0) ? T(0) : gamma * std::pow(rest, gamma - T(1)) * (T(1) - T(2) * y);
    T slope = each * balance * (of_focus * entropy + focus * of_entropy);
    if (config_.from_logits) slope *= p * (T(1) - p);
    gradient[i] = slope;
  }
  return sum / static_cast<double>(n);
}

CategoricalCrossentropy::CategoricalCrossentropy(Config config) : RowLoss(std::move(config)) {}

template <class T>
double CategoricalCrossentropy::row(const T* t, const T* p, Dim n, bool logits, double factor,
                                    T* gradient) const {
  const double s = config_.label_smoothing, share = 1.0 / static_cast<double>(n);
  const T each = static_cast<T>(factor);
  double loss = 0.0;
  if (logits || config_.from_logits) {
    const T scale = log_sum_exp(p, n);
    T total = T(0);
    for (Dim i = 0; i < n; ++i) {
      const T y = smooth(t[i], s, share);
      total += y;
      if (y != T(0)) loss -= static_cast<double>(y * (p[i] - scale));
    }
    if (gradient)
      for (Dim i = 0; i < n; ++i)
        gradient[i] = each * (std::exp(p[i] - scale) * total - smooth(t[i], s, share));
    return loss;
  }
  const T total = sum_of(p, n);
  T along = T(0);  // sum of q dL/dq, which the normalization takes out
  for (Dim i = 0; i < n; ++i) {
    const T y = smooth(t[i], s, share), q = p[i] / total;
    loss -= static_cast<double>(y * std::log(clipped(q)));
    if (passes(q)) along -= y;
  }
  if (gradient) {
    for (Dim i = 0; i < n; ++i) {
      const T q = p[i] / total;
      gradient[i] = each * ((passes(q) ? -smooth(t[i], s, share) / q : T(0)) - along) / total;
    }
  }
  return loss;
}

CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(Config config) : RowLoss(std::move(config)) {
  if (config_.alpha.values.empty())
    throw ValueError("CategoricalFocalCrossentropy: `alpha` must be a number, or one for each class.");
}

template <class T>
double CategoricalFocalCrossentropy::row(const T* t, const T* x, Dim n, bool, double factor,
                                         T* gradient) const {
  const std::vector<double>& alphas = config_.alpha.values;
  const bool each = alphas.size() > 1;
  if (each && std::ssize(alphas) != n)
    raise<ValueError>(
        "CategoricalFocalCrossentropy: `alpha` must be a number, or one for each class. "
        "Received: {} numbers for {} classes.",
        alphas.size(), n);
  const T gamma = static_cast<T>(config_.gamma);
  const double share = 1.0 / static_cast<double>(n);
  const T scale = config_.from_logits ? log_sum_exp(x, n) : sum_of(x, n);
  auto probability = [&](Dim i) { return config_.from_logits ? std::exp(x[i] - scale) : x[i] / scale; };
  double loss = 0.0;
  T along = T(0);
  for (Dim i = 0; i < n; ++i) {
    const T y = smooth(t[i], config_.label_smoothing, share), q = clipped(probability(i)), rest = T(1) - q;
    const T log_q = std::log(q), focus = std::pow(rest, gamma);
    const T alpha = static_cast<T>(alphas[each ? static_cast<std::size_t>(i) : 0]);
    loss -= static_cast<double>(alpha * focus * y * log_q);
    if (!gradient) continue;
    T slope = T(0);
    if (passes(probability(i)))
      slope =
          -alpha * y * (focus / q - (gamma == T(0) ? T(0) : gamma * std::pow(rest, gamma - T(1)) * log_q));
    gradient[i] = slope;
    along += slope * probability(i);
  }
  if (gradient) {
    // Softmax: q (g - <q, g>); division by the sum: (g - <q, g>) / sum.
    for (Dim i = 0; i < n; ++i)
      gradient[i] = static_cast<T>(factor) * (gradient[i] - along) *
                    (config_.from_logits ? probability(i) : T(1) / scale);
  }
  return loss;
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(Config config) : RowLoss(std::move(config)) {}

template <class T>
double SparseCategoricalCrossentropy::row(const T* t, const T* p, Dim n, bool logits, double factor,
                                          T* gradient) const {
  if (config_.ignore_class && t[0] == static_cast<T>(*config_.ignore_class)) {
    if (gradient) std::fill(gradient, gradient + n, T(0));
    return 0.0;
  }
  const Dim label = index_of(t[0], n);
  if (label < 0) {
    if (gradient) std::fill(gradient, gradient + n, std::numeric_limits<T>::quiet_NaN());
    return std::numeric_limits<double>::quiet_NaN();
  }
  const T each = static_cast<T>(factor);
  if (logits || config_.from_logits) {
    const T scale = log_sum_exp(p, n);
    if (gradient) {
      for (Dim i = 0; i < n; ++i) gradient[i] = each * std::exp(p[i] - scale);
      gradient[label] -= each;
    }
    return static_cast<double>(scale - p[label]);
  }
  const T total = sum_of(p, n), q = p[label] / total;
  if (gradient) {
    const T slope = passes(q) ? each / total : T(0);
    std::fill(gradient, gradient + n, slope);
    gradient[label] -= slope / q;
  }
  return -static_cast<double>(std::log(clipped(q)));
}

bool SparseCategoricalCrossentropy::own_mask(const Batch& batch, std::vector<double>& mask) {
  if (!config_.ignore_class) return false;
  mask.resize(static_cast<std::size_t>(batch.outer * batch.inner));
  dispatch_real(batch.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t i = 0; i < mask.size(); ++i)
      mask[i] = static_cast<const T*>(batch.y_true)[i] == static_cast<T>(*config_.ignore_class) ? 0.0 : 1.0;
  });
  return true;
}

CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(Config config)
    : RowLoss(std::move(config)) {
  if (config_.q <= 0.0 || config_.q >= 1.0)
    throw ValueError("CategoricalGeneralizedCrossEntropy: `q` must be in (0, 1). Received: q=" +
                     std::to_string(config_.q));
}

template <class T>
double CategoricalGeneralizedCrossEntropy::row(const T* t, const T* p, Dim n, bool, double factor,
                                               T* gradient) const {
  const Dim label = index_of(t[0], n);
  const T q = static_cast<T>(config_.q);
  if (gradient) std::fill(gradient, gradient + n, T(0));
  if (label < 0) return 1.0 / config_.q;  // one-hot of nothing
  if (gradient) gradient[label] = -static_cast<T>(factor) * std::pow(p[label], q - T(1));
  return static_cast<double>((T(1) - std::pow(p[label], q)) / q);
}

KLDivergence::KLDivergence(Config config) : RowLoss(std::move(config)) {}

template <class T>
double KLDivergence::row(const T* t, const T* p, Dim n, bool, double factor, T* gradient) const {
  double sum = 0.0;
  for (Dim i = 0; i < n; ++i) {
    const T y = std::clamp(t[i], least<T>(), T(1)), q = std::clamp(p[i], least<T>(), T(1));
    sum += static_cast<double>(y * std::log(y / q));
    if (gradient) gradient[i] = p[i] >= least<T>() && p[i] <= T(1) ? static_cast<T>(-factor) * y / q : T(0);
  }
  return sum;
}

// The loops over rows in the header need these in every file that copies a loss.
template double BinaryCrossentropy::row(const float*, const float*, Dim, bool, double, float*) const;
template double BinaryCrossentropy::row(const double*, const double*, Dim, bool, double, double*) const;
template double BinaryFocalCrossentropy::row(const float*, const float*, Dim, bool, double, float*) const;
template double BinaryFocalCrossentropy::row(const double*, const double*, Dim, bool, double, double*) const;
template double CategoricalCrossentropy::row(const float*, const float*, Dim, bool, double, float*) const;
template double CategoricalCrossentropy::row(const double*, const double*, Dim, bool, double, double*) const;
template double CategoricalFocalCrossentropy::row(const float*, const float*, Dim, bool, double,
                                                  float*) const;
template double CategoricalFocalCrossentropy::row(const double*, const double*, Dim, bool, double,
                                                  double*) const;
template double SparseCategoricalCrossentropy::row(const float*, const float*, Dim, bool, double,
                                                   float*) const;
template double SparseCategoricalCrossentropy::row(const double*, const double*, Dim, bool, double,
                                                   double*) const;
template double CategoricalGeneralizedCrossEntropy::row(const float*, const float*, Dim, bool, double,
                                                        float*) const;
template double CategoricalGeneralizedCrossEntropy::row(const double*, const double*, Dim, bool, double,
                                                        double*) const;
template double KLDivergence::row(const float*, const float*, Dim, bool, double, float*) const;
template double KLDivergence::row(const double*, const double*, Dim, bool, double, double*) const;

}  // namespace rhyton::losses
