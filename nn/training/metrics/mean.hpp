#pragma once
/// @file mean.hpp  Metrics that are means of values by sample: the base, Mean, Sum, MeanMetricWrapper.
#include "nn/training/metrics/support.hpp"

namespace rhyton::metrics {

/// Sums values v with weights w and divides at the end: sum(v w) / sum(w). As Keras reduces them: values are
/// averaged over the dimensions that the weights do not have, then over all but the first, so that batches
/// count by samples.
class MeanBase : public MetricBase {
 public:
  void reset() override { total_ = count_ = 0.0; }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  double result() const override { return divide_no_nan(total_, count_); }

 protected:
  /// Fills `out` with a value for each sample or element.
  virtual void values(ConstView y_true, ConstView y_pred, Values& out) = 0;
  /// Changes weights that were given, which have the shape of the values or broadcast to it.
  virtual void adjust(const Values&, Values&) {}
  void add(Values& values, ConstView weight, bool mean);

  double total_ = 0.0, count_ = 0.0;

 private:
  Values values_, weight_;
};

/// The mean of what `update` gets first; its second argument is left absent.
class Mean : public MetricOf<Mean, PlainConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "Mean", *default_name = "mean";
  explicit Mean(Config config = {});
  std::optional<bool> higher_is_better() const override { return std::nullopt; }

 protected:
  void values(ConstView y_true, ConstView, Values& out) override { out.read(y_true); }
};

/// The weighted sum of what `update` gets first.
class Sum : public MetricOf<Sum, PlainConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "Sum", *default_name = "sum";
  explicit Sum(Config config = {});
  std::optional<bool> higher_is_better() const override { return std::nullopt; }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  double result() const override { return total_; }

 protected:
  void values(ConstView y_true, ConstView, Values& out) override { out.read(y_true); }

 private:
  Values summed_;
};

/// A function of Keras by its name, as a name or a function object.
struct FunctionName {
  FunctionName(std::string function = {}) : name(std::move(function)) {}
  std::string name;
};
void from_config(const Json& json, FunctionName& value);
void to_config(Json& json, const FunctionName& value);

struct MeanMetricWrapperConfig {
  FunctionName fn{};
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) { v("name", name)("dtype", dtype)("fn", fn); }
};
/// The mean of a loss or metric function of Keras; how Keras 2 writes "mae" and its like.
class MeanMetricWrapper : public Configured<MeanMetricWrapper, MetricBase, MeanMetricWrapperConfig> {
 public:
  static constexpr const char* keras_name = "MeanMetricWrapper";
  explicit MeanMetricWrapper(Config config);
  std::string name() const override { return config_.name; }
  void reset() override { metric_->reset(); }
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override {
    metric_->update(y_true, y_pred, weight);
  }
  double result() const override { return metric_->result(); }
  std::optional<bool> higher_is_better() const override { return metric_->higher_is_better(); }

 private:
  Metric metric_;
};

/// True for the metrics that leave masked values out: Keras's means of functions. The others do not look at
/// the mask of the predictions.
bool honours_mask(const MetricBase& metric);

}  // namespace rhyton::metrics
