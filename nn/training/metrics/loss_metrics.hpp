#pragma once
/// @file loss_metrics.hpp  Means of what losses compute by sample.
#include "nn/training/losses/crossentropy.hpp"
#include "nn/training/losses/hinge.hpp"
#include "nn/training/losses/regression.hpp"
#include "nn/training/metrics/mean.hpp"

namespace rhyton::metrics {

/// The mean of LossT's values.
template <class Derived, class LossT, class ConfigT = PlainConfig>
class LossMetric : public MetricOf<Derived, ConfigT, MeanBase> {
 public:
  std::optional<bool> higher_is_better() const override { return false; }

 protected:
  explicit LossMetric(ConfigT config, typename LossT::Config loss = {})
      : MetricOf<Derived, ConfigT, MeanBase>(std::move(config)), loss_(std::move(loss)) {}
  void values(ConstView y_true, ConstView y_pred, Values& out) override {
    out.v = loss_.compute_values(y_true, y_pred);
    out.shape = loss_.values_shape();
  }
  LossT loss_;
};

class MeanSquaredError : public LossMetric<MeanSquaredError, losses::MeanSquaredError> {
 public:
  static constexpr const char *keras_name = "MeanSquaredError", *default_name = "mean_squared_error";
  explicit MeanSquaredError(Config config = {});
};
class MeanAbsoluteError : public LossMetric<MeanAbsoluteError, losses::MeanAbsoluteError> {
 public:
  static constexpr const char *keras_name = "MeanAbsoluteError", *default_name = "mean_absolute_error";
  explicit MeanAbsoluteError(Config config = {});
};
class MeanAbsolutePercentageError
    : public LossMetric<MeanAbsolutePercentageError, losses::MeanAbsolutePercentageError> {
 public:
  static constexpr const char *keras_name = "MeanAbsolutePercentageError",
                              *default_name = "mean_absolute_percentage_error";
  explicit MeanAbsolutePercentageError(Config config = {});
};
class MeanSquaredLogarithmicError
    : public LossMetric<MeanSquaredLogarithmicError, losses::MeanSquaredLogarithmicError> {
 public:
  static constexpr const char *keras_name = "MeanSquaredLogarithmicError",
                              *default_name = "mean_squared_logarithmic_error";
  explicit MeanSquaredLogarithmicError(Config config = {});
};
class LogCoshError : public LossMetric<LogCoshError, losses::LogCosh> {
 public:
  static constexpr const char *keras_name = "LogCoshError", *default_name = "logcosh";
  explicit LogCoshError(Config config = {});
};
class Hinge : public LossMetric<Hinge, losses::Hinge> {
 public:
  static constexpr const char *keras_name = "Hinge", *default_name = "hinge";
  explicit Hinge(Config config = {});
};
class SquaredHinge : public LossMetric<SquaredHinge, losses::SquaredHinge> {
 public:
  static constexpr const char *keras_name = "SquaredHinge", *default_name = "squared_hinge";
  explicit SquaredHinge(Config config = {});
};
class CategoricalHinge : public LossMetric<CategoricalHinge, losses::CategoricalHinge> {
 public:
  static constexpr const char *keras_name = "CategoricalHinge", *default_name = "categorical_hinge";
  explicit CategoricalHinge(Config config = {});
};
class KLDivergence : public LossMetric<KLDivergence, losses::KLDivergence> {
 public:
  static constexpr const char *keras_name = "KLDivergence", *default_name = "kl_divergence";
  explicit KLDivergence(Config config = {});
};
class Poisson : public LossMetric<Poisson, losses::Poisson> {
 public:
  static constexpr const char *keras_name = "Poisson", *default_name = "poisson";
  explicit Poisson(Config config = {});
};

struct CosineSimilarityConfig {
  std::int64_t axis = -1;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype);
    // Keras reads it and does not write it.
    if (v.reads() || axis != -1) v("axis", axis);
  }
};
/// <t, p> / (|t| |p|): the loss with its sign turned.
class CosineSimilarity
    : public LossMetric<CosineSimilarity, losses::CosineSimilarity, CosineSimilarityConfig> {
 public:
  static constexpr const char *keras_name = "CosineSimilarity", *default_name = "cosine_similarity";
  explicit CosineSimilarity(Config config = {});

  std::optional<bool> higher_is_better() const override { return true; }

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override {
    LossMetric::values(y_true, y_pred, out);
    for (double& v : out.v) v = -v;
  }
};

struct BinaryCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("from_logits", from_logits)("label_smoothing", label_smoothing);
  }
};
class BinaryCrossentropy
    : public LossMetric<BinaryCrossentropy, losses::BinaryCrossentropy, BinaryCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "BinaryCrossentropy", *default_name = "binary_crossentropy";
  explicit BinaryCrossentropy(Config config = {});
};

struct CategoricalCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("from_logits", from_logits)("label_smoothing", label_smoothing)("axis",
                                                                                                    axis);
  }
};
class CategoricalCrossentropy : public LossMetric<CategoricalCrossentropy, losses::CategoricalCrossentropy,
                                                  CategoricalCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "CategoricalCrossentropy",
                              *default_name = "categorical_crossentropy";
  explicit CategoricalCrossentropy(Config config = {});
};

struct SparseCategoricalCrossentropyConfig {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class{};
  std::int64_t axis = -1;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("from_logits", from_logits)("ignore_class", ignore_class)("axis", axis);
  }
};
/// Rows of `ignore_class` count 0, and weigh nothing where there are weights (as in Keras).
class SparseCategoricalCrossentropy
    : public LossMetric<SparseCategoricalCrossentropy, losses::SparseCategoricalCrossentropy,
                        SparseCategoricalCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "SparseCategoricalCrossentropy",
                              *default_name = "sparse_categorical_crossentropy";
  explicit SparseCategoricalCrossentropy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;
  void adjust(const Values& values, Values& weight) override;

 private:
  Values labels_;
};

}  // namespace rhyton::metrics
