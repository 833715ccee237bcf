#pragma once
/// @file accuracy.hpp  Fractions of right predictions.
#include "nn/training/metrics/mean.hpp"

namespace rhyton::metrics {

/// y_true == y_pred.
class Accuracy : public MetricOf<Accuracy, PlainConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "Accuracy", *default_name = "accuracy";
  explicit Accuracy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_;
};

struct BinaryAccuracyConfig {
  double threshold = 0.5;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) { v("name", name)("dtype", dtype)("threshold", threshold); }
};
/// y_true == (y_pred > threshold).
class BinaryAccuracy : public MetricOf<BinaryAccuracy, BinaryAccuracyConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "BinaryAccuracy", *default_name = "binary_accuracy";
  explicit BinaryAccuracy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_;
};

/// argmax(y_true) == argmax(y_pred) over the last axis.
class CategoricalAccuracy : public MetricOf<CategoricalAccuracy, PlainConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "CategoricalAccuracy", *default_name = "categorical_accuracy";
  explicit CategoricalAccuracy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_, pred_;
};

/// y_true == argmax(y_pred) over the last axis.
class SparseCategoricalAccuracy : public MetricOf<SparseCategoricalAccuracy, PlainConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "SparseCategoricalAccuracy",
                              *default_name = "sparse_categorical_accuracy";
  explicit SparseCategoricalAccuracy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_, pred_;
};

struct TopKConfig {
  std::int64_t k = 5;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) { v("name", name)("dtype", dtype)("k", k); }
};
/// Fewer than k classes score higher than argmax(y_true).
class TopKCategoricalAccuracy : public MetricOf<TopKCategoricalAccuracy, TopKConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "TopKCategoricalAccuracy",
                              *default_name = "top_k_categorical_accuracy";
  explicit TopKCategoricalAccuracy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_, pred_;
};

struct SparseTopKConfig {
  std::int64_t k = 5;
  /// y_pred holds class indices by falling score.
  bool from_sorted_ids = false;
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("k", k);
    // Keras reads it and does not write it.
    if (v.reads() || from_sorted_ids) v("from_sorted_ids", from_sorted_ids);
  }
};
/// Fewer than k classes score higher than the class y_true.
class SparseTopKCategoricalAccuracy
    : public MetricOf<SparseTopKCategoricalAccuracy, SparseTopKConfig, MeanBase> {
 public:
  static constexpr const char *keras_name = "SparseTopKCategoricalAccuracy",
                              *default_name = "sparse_top_k_categorical_accuracy";
  explicit SparseTopKCategoricalAccuracy(Config config = {});

 protected:
  void values(ConstView y_true, ConstView y_pred, Values& out) override;

 private:
  Values true_, pred_;
};

}  // namespace rhyton::metrics
