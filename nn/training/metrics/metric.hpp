#pragma once
/// @file metric.hpp  Base of metrics: a running state that batches update.
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/object.hpp"
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Base of `keras.metrics`.
class MetricBase : public Object {
 public:
  static constexpr const char* family = "metric";
  static constexpr const char* module = "keras.metrics";

  virtual void reset() = 0;
  /// `weight` is absent, float32 weights, or a boolean mask; broadcast over the samples. Throws ValueError on
  /// shapes that do not fit.
  virtual void update(ConstView y_true, ConstView y_pred, ConstView weight) = 0;
  /// The value so far; of metrics with several values (by class, by threshold) their mean.
  virtual double result() const = 0;
  /// All values: one, or those by class or by threshold.
  virtual std::vector<double> results() const { return {result()}; }
  /// Which way is better, for callbacks that watch it; nothing where that is not known.
  virtual std::optional<bool> higher_is_better() const { return std::nullopt; }
  /// The key in logs.
  virtual std::string name() const = 0;

  // A metric on its own goes by Keras's names.
  void update_state(ConstView y_true, ConstView y_pred, ConstView sample_weight = {}) {
    update(y_true, y_pred, sample_weight);
  }
  void reset_state() { reset(); }
};

template <>
Registry<MetricBase>& Registry<MetricBase>::global();
extern template class Ref<MetricBase>;

/// A metric, or its name: "accuracy", "mae", ... "accuracy" stands for one of several until the shapes are
/// known (`resolve_metric`).
using Metric = Ref<MetricBase>;

/// `{"accuracy", Precision({...})}`, or one of them; with the name of an output in front of a list,
/// `{"age", {"mae"}}`, or of what is no metric's name, `{"age", "mae"}`, they are that output's.
struct MetricList {
  /// A metric, or a list of them behind an output's name.
  struct Entry {
    Entry(const char* name);
    Entry(const std::string& name);
    template <class M>
    requires std::is_convertible_v<M, Metric> Entry(M metric) : Entry(Metric(std::move(metric)), false) {}
    Entry(std::initializer_list<Metric> list);
    Entry(const Entry&);
    ~Entry();
    std::string name;  ///< empty where `metrics` says it
    std::vector<Metric> metrics;
    bool is_list = false;

   private:
    Entry(Metric metric, bool is_list);
  };

  MetricList();
  MetricList(const char* name);
  template <class M>
  requires std::is_convertible_v<M, Metric> MetricList(M metric) : MetricList({Entry(std::move(metric))}) {}
  /// Throws ValueError on a name that nobody knows, and on lists that follow no name.
  MetricList(std::initializer_list<Entry> entries);
  MetricList(std::vector<Metric> list);
  MetricList(const MetricList&);
  MetricList(MetricList&&) noexcept;
  MetricList& operator=(const MetricList&);
  MetricList& operator=(MetricList&&) noexcept;
  ~MetricList();
  std::vector<Metric> metrics;
  std::string output;  ///< whose they are; empty: by position
};

/// A fresh copy of `metric` of its own state; "accuracy" becomes what Keras chooses by the shapes. The name
/// stays what the user typed.
Metric resolve_metric(const Metric& metric, const Shape& y_true, const Shape& y_pred);

}  // namespace rhyton
