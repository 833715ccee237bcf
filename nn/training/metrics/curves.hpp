#pragma once
/// @file curves.hpp  Metrics over many thresholds: AUC, and one rate at a bound on another.
#include "nn/training/metrics/confusion.hpp"

namespace rhyton::metrics {

struct AUCConfig {
  std::int64_t num_thresholds = 200;
  std::string curve = "ROC", summation_method = "interpolation";
  std::optional<std::vector<double>> thresholds{};
  bool multi_label = false;
  std::optional<std::int64_t> num_labels{};
  std::optional<std::vector<double>> label_weights{};
  bool from_logits = false;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("num_thresholds", num_thresholds)("curve", curve);
    v("summation_method", summation_method)("multi_label", multi_label)("num_labels", num_labels);
    v("label_weights", label_weights)("from_logits", from_logits);
    if (v.reads() || thresholds) v("thresholds", thresholds);
  }
};
/// Area under the curve "ROC" (recall over false positive rate), "PR" (precision over recall; interpolated
/// after Davis and Goadrich, 2006) or "PRGAIN", by the sums "interpolation" (trapezoids), "minoring" or
/// "majoring".
class AUC : public MetricOf<AUC, AUCConfig> {
 public:
  static constexpr const char *keras_name = "AUC", *default_name = "auc";
  explicit AUC(Config config = {});
  void reset() override { counts_.reset(); }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  double result() const override;

 private:
  double area(std::size_t label) const;
  double interpolated_pr(std::size_t label) const;
  ConfusionCounts counts_;
};

/// The Config of a metric at a bound; the bound's key is Keras's name for it.
#define RHYTON_BOUNDED_METRIC(Class, snake, bound)                                             \
  struct Class##Config {                                                                       \
    double bound = 0.5;                                                                        \
    std::int64_t num_thresholds = 200;                                                         \
    std::optional<std::int64_t> class_id{};                                                    \
    std::string name{}, dtype = "float32";                                                     \
    void fields(ConfigFields& v) {                                                             \
      v("name", name)("dtype", dtype)("class_id", class_id)("num_thresholds", num_thresholds); \
      v(#bound, bound);                                                                        \
    }                                                                                          \
  };                                                                                           \
  class Class : public MetricOf<Class, Class##Config> {                                        \
   public:                                                                                     \
    static constexpr const char *keras_name = #Class, *default_name = snake;                   \
    explicit Class(Config config);                                                             \
    void reset() override { counts_.reset(); }                                                 \
    void update(ConstView y_true, ConstView y_pred, ConstView weight) override;                \
    double result() const override;                                                            \
                                                                                               \
   private:                                                                                    \
    ConfusionCounts counts_;                                                                   \
  }

/// The best sensitivity, tp / (tp + fn), where the specificity, tn / (tn + fp), is at least `specificity`.
RHYTON_BOUNDED_METRIC(SensitivityAtSpecificity, "sensitivity_at_specificity", specificity);
/// The best specificity where the sensitivity is at least `sensitivity`.
RHYTON_BOUNDED_METRIC(SpecificityAtSensitivity, "specificity_at_sensitivity", sensitivity);
/// The best precision, tp / (tp + fp), where the recall, tp / (tp + fn), is at least `recall`.
RHYTON_BOUNDED_METRIC(PrecisionAtRecall, "precision_at_recall", recall);
/// The best recall where the precision is at least `precision`.
RHYTON_BOUNDED_METRIC(RecallAtPrecision, "recall_at_precision", precision);
#undef RHYTON_BOUNDED_METRIC

}  // namespace rhyton::metrics
