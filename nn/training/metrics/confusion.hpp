#pragma once
/// @file confusion.hpp  Counts of right and wrong positives at thresholds: TruePositives and its three
/// siblings, Precision, Recall.
#include "nn/training/metrics/support.hpp"

namespace rhyton::metrics {

/// The argument `thresholds`: none, one number, or a list; written as it was given.
struct Thresholds {
  Thresholds() = default;
  Thresholds(double threshold) : values{threshold}, given(true) {}
  Thresholds(std::initializer_list<double> thresholds) : values(thresholds), given(true), is_list(true) {}
  std::vector<double> values;
  bool given = false, is_list = false;
};
void from_config(const Json& json, Thresholds& value);
void to_config(Json& json, const Thresholds& value);

/// Weighted counts at each threshold, and for each label where they are kept apart: [threshold * labels +
/// label]. A prediction is positive where it is greater than the threshold.
class ConfusionCounts {
 public:
  struct Options {
    std::optional<std::int64_t> top_k{}, class_id{};
    bool multi_label = false, from_logits = false;
    const std::vector<double>* label_weights = nullptr;
  };
  /// Thresholds that are evenly spread over [0, 1] are found by arithmetic, like Keras does.
  void set_thresholds(std::vector<double> thresholds);
  void reset();
  void update(const MetricBase& owner, ConstView y_true, ConstView y_pred, ConstView weight,
              const Options& options);

  std::vector<double> tp, fp, tn, fn;
  const std::vector<double>& thresholds() const { return thresholds_; }
  std::size_t labels() const { return labels_; }

 private:
  std::size_t above(double prediction) const;

  std::vector<double> thresholds_;
  bool even_ = false, with_epsilon_ = false, sorted_ = false;
  std::size_t labels_ = 1;
  Values true_, pred_, weight_;
  std::vector<std::size_t> order_;
};

struct CountConfig {
  Thresholds thresholds{};
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) { v("name", name)("dtype", dtype)("thresholds", thresholds); }
};
/// One of the four counts; Derived::count picks it.
template <class Derived>
class CountMetric : public MetricOf<Derived, CountConfig, SeveralValues> {
 public:
  void reset() override { counts_.reset(); }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override {
    counts_.update(*this, y_true, y_pred, weight, {});
  }
  std::vector<double> results() const override { return counts_.*Derived::count; }

 protected:
  explicit CountMetric(CountConfig&& config);
  ConfusionCounts counts_;
};
class TruePositives : public CountMetric<TruePositives> {
 public:
  static constexpr const char *keras_name = "TruePositives", *default_name = "true_positives";
  static constexpr auto count = &ConfusionCounts::tp;
  explicit TruePositives(Config config = {});
};
class TrueNegatives : public CountMetric<TrueNegatives> {
 public:
  static constexpr const char *keras_name = "TrueNegatives", *default_name = "true_negatives";
  static constexpr auto count = &ConfusionCounts::tn;
  explicit TrueNegatives(Config config = {});
};
class FalsePositives : public CountMetric<FalsePositives> {
 public:
  static constexpr const char *keras_name = "FalsePositives", *default_name = "false_positives";
  static constexpr auto count = &ConfusionCounts::fp;
  explicit FalsePositives(Config config = {});
  std::optional<bool> higher_is_better() const override { return false; }
};
class FalseNegatives : public CountMetric<FalseNegatives> {
 public:
  static constexpr const char *keras_name = "FalseNegatives", *default_name = "false_negatives";
  static constexpr auto count = &ConfusionCounts::fn;
  explicit FalseNegatives(Config config = {});
  std::optional<bool> higher_is_better() const override { return false; }
};

struct PrecisionConfig {
  Thresholds thresholds{};
  std::optional<std::int64_t> top_k{}, class_id{};
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("thresholds", thresholds)("top_k", top_k)("class_id", class_id);
  }
};
/// tp / (tp + fp).
class Precision : public MetricOf<Precision, PrecisionConfig, SeveralValues> {
 public:
  static constexpr const char *keras_name = "Precision", *default_name = "precision";
  explicit Precision(Config config = {});
  void reset() override { counts_.reset(); }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  std::vector<double> results() const override;

 private:
  ConfusionCounts counts_;
};
/// tp / (tp + fn).
class Recall : public MetricOf<Recall, PrecisionConfig, SeveralValues> {
 public:
  static constexpr const char *keras_name = "Recall", *default_name = "recall";
  explicit Recall(Config config = {});
  void reset() override { counts_.reset(); }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  std::vector<double> results() const override;

 private:
  ConfusionCounts counts_;
};

}  // namespace rhyton::metrics
