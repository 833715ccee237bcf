#pragma once
/// @file crossentropy.hpp  Losses of probabilities and logits. Probabilities are clipped to [epsilon, 1 -
/// epsilon]; logits never are.
#include "nn/arguments.hpp"
#include "nn/training/losses/row_loss.hpp"

namespace rhyton::losses {

struct BinaryCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("from_logits", from_logits);
    v("label_smoothing", label_smoothing)("axis", axis);
    legacy_fields(v);
  }
};
/// Mean of -(t log p + (1 - t) log(1 - p)); of logits x: max(x, 0) - x t + log(1 + exp(-|x|)). Labels are
/// smoothed to t (1 - s) + s / 2.
class BinaryCrossentropy : public RowLoss<BinaryCrossentropy, BinaryCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "BinaryCrossentropy", *default_name = "binary_crossentropy";
  explicit BinaryCrossentropy(Config config = {});
  bool uses_logits(ActivationKind kind) const override {
    return kind == ActivationKind::sigmoid && !config_.from_logits;
  }
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;

 protected:
  int class_axis() const override { return static_cast<int>(config_.axis); }
};

struct BinaryFocalCrossentropyConfig {
  bool apply_class_balancing = false;
  double alpha = 0.25, gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("from_logits", from_logits)("label_smoothing", label_smoothing);
    v("axis", axis)("apply_class_balancing", apply_class_balancing)("alpha", alpha)("gamma", gamma);
    legacy_fields(v);
  }
};
/// Binary crossentropy times (1 - p_t)^gamma, p_t = t p + (1 - t)(1 - p), and with class balancing times
/// t alpha + (1 - t)(1 - alpha).
class BinaryFocalCrossentropy : public RowLoss<BinaryFocalCrossentropy, BinaryFocalCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "BinaryFocalCrossentropy",
                              *default_name = "binary_focal_crossentropy";
  explicit BinaryFocalCrossentropy(Config config = {});
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;

 protected:
  int class_axis() const override { return static_cast<int>(config_.axis); }
};

struct CategoricalCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("from_logits", from_logits);
    v("label_smoothing", label_smoothing)("axis", axis);
    legacy_fields(v);
  }
};
/// -sum(t log q), q = p / sum(p) clipped, or the softmax of logits. Labels are smoothed to t (1 - s) + s /
/// classes.
class CategoricalCrossentropy : public RowLoss<CategoricalCrossentropy, CategoricalCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "CategoricalCrossentropy",
                              *default_name = "categorical_crossentropy";
  explicit CategoricalCrossentropy(Config config = {});
  bool uses_logits(ActivationKind kind) const override {
    return kind == ActivationKind::softmax && !config_.from_logits;
  }
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;

 protected:
  int class_axis() const override { return static_cast<int>(config_.axis); }
};

struct CategoricalFocalCrossentropyConfig {
  Numbers alpha = 0.25;  ///< one for all classes, or one for each
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("from_logits", from_logits)("label_smoothing", label_smoothing);
    v("axis", axis)("alpha", alpha)("gamma", gamma);
    legacy_fields(v);
  }
};
/// -sum(alpha (1 - q)^gamma t log q).
class CategoricalFocalCrossentropy
    : public RowLoss<CategoricalFocalCrossentropy, CategoricalFocalCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "CategoricalFocalCrossentropy",
                              *default_name = "categorical_focal_crossentropy";
  explicit CategoricalFocalCrossentropy(Config config = {});
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;

 protected:
  int class_axis() const override { return static_cast<int>(config_.axis); }
};

struct SparseCategoricalCrossentropyConfig {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class{};
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("from_logits", from_logits)("ignore_class", ignore_class);
    // Keras reads it and does not write it.
    if (v.reads() || axis != -1) v("axis", axis);
    legacy_fields(v);
  }
};
/// -log q[t] for class indices t. Rows of `ignore_class` are 0 and masked. An index outside the classes gives
/// NaN.
class SparseCategoricalCrossentropy
    : public RowLoss<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyConfig> {
 public:
  static constexpr const char *keras_name = "SparseCategoricalCrossentropy",
                              *default_name = "sparse_categorical_crossentropy";
  explicit SparseCategoricalCrossentropy(Config config = {});
  bool uses_logits(ActivationKind kind) const override {
    return kind == ActivationKind::softmax && !config_.from_logits;
  }
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;

 protected:
  int class_axis() const override { return static_cast<int>(config_.axis); }
  bool sparse() const override { return true; }
  bool own_mask(const Batch& batch, std::vector<double>& mask) override;
};

struct CategoricalGeneralizedCrossEntropyConfig {
  double q = 0.5;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) { v("name", name)("reduction", reduction)("q", q); }
};
/// (1 - p[t]^q) / q for class indices t.
class CategoricalGeneralizedCrossEntropy
    : public RowLoss<CategoricalGeneralizedCrossEntropy, CategoricalGeneralizedCrossEntropyConfig> {
 public:
  static constexpr const char *keras_name = "CategoricalGeneralizedCrossEntropy",
                              *default_name = "categorical_generalized_cross_entropy";
  explicit CategoricalGeneralizedCrossEntropy(Config config = {});
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;

 protected:
  bool sparse() const override { return true; }
};

/// sum(t log(t / p)), both clipped to [epsilon, 1].
class KLDivergence : public RowLoss<KLDivergence> {
 public:
  static constexpr const char *keras_name = "KLDivergence", *default_name = "kl_divergence";
  explicit KLDivergence(Config config = {});
  template <class T>
  double row(const T* t, const T* p, Dim n, bool logits, double factor, T* gradient) const;
};

}  // namespace rhyton::losses
