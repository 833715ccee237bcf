#pragma once
/// @file regression.hpp  Losses of real numbers: squared, absolute, percentage, logarithmic, Huber, LogCosh,
/// Poisson, cosine. t is y_true, p is y_pred, d = p - t; values are means over the last axis.
#include <algorithm>
#include <cmath>

#include "nn/keras_config.hpp"
#include "nn/training/losses/row_loss.hpp"

namespace rhyton::losses {

/// d^2.
class MeanSquaredError : public MeanLoss<MeanSquaredError> {
 public:
  static constexpr const char *keras_name = "MeanSquaredError", *default_name = "mean_squared_error";
  explicit MeanSquaredError(Config config = {});
  template <class T>
  T value(T t, T p) const {
    return (p - t) * (p - t);
  }
  template <class T>
  T slope(T t, T p) const {
    return T(2) * (p - t);
  }
};

/// |d|; the gradient at 0 is 0.
class MeanAbsoluteError : public MeanLoss<MeanAbsoluteError> {
 public:
  static constexpr const char *keras_name = "MeanAbsoluteError", *default_name = "mean_absolute_error";
  explicit MeanAbsoluteError(Config config = {});
  template <class T>
  T value(T t, T p) const {
    return std::abs(p - t);
  }
  template <class T>
  T slope(T t, T p) const {
    return static_cast<T>((p > t) - (p < t));
  }
};

/// 100 |d| / max(|t|, epsilon).
class MeanAbsolutePercentageError : public MeanLoss<MeanAbsolutePercentageError> {
 public:
  static constexpr const char *keras_name = "MeanAbsolutePercentageError",
                              *default_name = "mean_absolute_percentage_error";
  explicit MeanAbsolutePercentageError(Config config = {});
  template <class T>
  T value(T t, T p) const {
    return T(100) * std::abs(p - t) / std::max(std::abs(t), epsilon<T>());
  }
  template <class T>
  T slope(T t, T p) const {
    return T(100) * static_cast<T>((p > t) - (p < t)) / std::max(std::abs(t), epsilon<T>());
  }

 private:
  template <class T>
  static T epsilon() {
    return static_cast<T>(keras_config().epsilon);
  }
};

/// (log(max(p, epsilon) + 1) - log(max(t, epsilon) + 1))^2.
class MeanSquaredLogarithmicError : public MeanLoss<MeanSquaredLogarithmicError> {
 public:
  static constexpr const char *keras_name = "MeanSquaredLogarithmicError",
                              *default_name = "mean_squared_logarithmic_error";
  explicit MeanSquaredLogarithmicError(Config config = {});
  template <class T>
  T value(T t, T p) const {
    const T d = log_of(p) - log_of(t);
    return d * d;
  }
  template <class T>
  T slope(T t, T p) const {
    return p < epsilon<T>() ? T(0) : T(2) * (log_of(p) - log_of(t)) / (p + T(1));
  }

 private:
  template <class T>
  static T epsilon() {
    return static_cast<T>(keras_config().epsilon);
  }
  template <class T>
  static T log_of(T x) {
    return std::log(std::max(x, epsilon<T>()) + T(1));
  }
};

struct HuberConfig {
  double delta = 1.0;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction);
    // Keras forgets delta when it writes a loss; it reads it, so here it is written where it is not the
    // default.
    if (v.reads() || delta != 1.0) v("delta", delta);
    legacy_fields(v);
  }
};
/// d^2 / 2 where |d| <= delta, delta |d| - delta^2 / 2 beyond.
class Huber : public MeanLoss<Huber, HuberConfig> {
 public:
  static constexpr const char *keras_name = "Huber", *default_name = "huber_loss";
  explicit Huber(Config config = {});
  template <class T>
  T value(T t, T p) const {
    const T d = std::abs(p - t), delta = static_cast<T>(config_.delta);
    return d <= delta ? d * d / T(2) : delta * d - delta * delta / T(2);
  }
  template <class T>
  T slope(T t, T p) const {
    const T delta = static_cast<T>(config_.delta);
    return std::clamp(p - t, -delta, delta);
  }
};

/// log(cosh(d)) = |d| + log(1 + exp(-2 |d|)) - log 2.
class LogCosh : public MeanLoss<LogCosh> {
 public:
  static constexpr const char *keras_name = "LogCosh", *default_name = "log_cosh";
  explicit LogCosh(Config config = {});
  template <class T>
  T value(T t, T p) const {
    const T d = std::abs(p - t);
    return d + std::log1p(std::exp(T(-2) * d)) - static_cast<T>(0.69314718055994531);
  }
  template <class T>
  T slope(T t, T p) const {
    return std::tanh(p - t);
  }
};

/// p - t log(p + epsilon).
class Poisson : public MeanLoss<Poisson> {
 public:
  static constexpr const char *keras_name = "Poisson", *default_name = "poisson";
  explicit Poisson(Config config = {});
  template <class T>
  T value(T t, T p) const {
    return p - t * std::log(p + static_cast<T>(keras_config().epsilon));
  }
  template <class T>
  T slope(T t, T p) const {
    return T(1) - t / (p + static_cast<T>(keras_config().epsilon));
  }
};

struct CosineSimilarityConfig {
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction);
    // As with Huber's delta: Keras reads it and does not write it.
    if (v.reads() || axis != -1) v("axis", axis);
    legacy_fields(v);
  }
};
/// -<t, p> / (|t| |p|), norms of at least epsilon.
class CosineSimilarity : public RowLoss<CosineSimilarity, CosineSimilarityConfig> {
 public:
  static constexpr const char *keras_name = "CosineSimilarity", *default_name = "cosine_similarity";
  explicit CosineSimilarity(Config config = {});
  template <class T>
  double row(const T* t, const T* p, Dim n, bool, double factor, T* gradient) const {
    double tt = 0.0, pp = 0.0, tp = 0.0;
    for (Dim i = 0; i < n; ++i) {
      tt += static_cast<double>(t[i]) * static_cast<double>(t[i]);
      pp += static_cast<double>(p[i]) * static_cast<double>(p[i]);
      tp += static_cast<double>(t[i]) * static_cast<double>(p[i]);
    }
    const double least = keras_config().epsilon;
    const double norm_t = std::max(std::sqrt(tt), least), norm_p = std::max(std::sqrt(pp), least);
    if (gradient) {
      // Below epsilon the norm is a constant.
      const double along = std::sqrt(pp) > least ? tp / pp : 0.0;
      for (Dim i = 0; i < n; ++i)
        gradient[i] = static_cast<T>(
            -factor * (static_cast<double>(t[i]) - along * static_cast<double>(p[i])) / (norm_t * norm_p));
    }
    return -tp / (norm_t * norm_p);
  }

 protected:
  int class_axis() const override { return static_cast<int>(config_.axis); }
};

}  // namespace rhyton::losses
