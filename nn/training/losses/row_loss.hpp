#pragma once
/// @file row_loss.hpp  Losses whose values each depend on one row along the class axis, and their Config.
#include "nn/training/losses/loss.hpp"

namespace rhyton::losses {

/// Reads what Keras 2 writes beside the arguments, which says nothing more.
inline void legacy_fields(ConfigFields& v) { v.ignored("fn").ignored("dtype"); }

/// The Config of a loss without arguments of its own.
struct PlainConfig {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction);
    legacy_fields(v);
  }
};

/// Derived has `template <class T> double row(const T* y_true, const T* y_pred, Dim n, bool logits, double
/// factor, T* gradient) const`: the value of one row; gradient, if not null, is assigned factor times its
/// gradient.
template <class Derived, class ConfigT = PlainConfig>
class RowLoss : public Configured<Derived, LossBase, ConfigT> {
 protected:
  explicit RowLoss(ConfigT&& config) : Configured<Derived, LossBase, ConfigT>(std::move(config)) {
    this->set_common(this->config_.name, Derived::default_name, this->config_.reduction);
    this->config_.reduction = this->reduction();
  }

  void compute(const LossBase::Batch& batch) override {
    if (batch.dtype == DType::float64)
      this->template for_each_row<double>(batch, &rare_row, scratch_);
    else
      this->template for_each_row<float>(batch, &row_of<float>, scratch_);
  }

 private:
  template <class T>
  static double row_of(const LossBase& loss, const T* y_true, const T* y_pred, Dim n, bool logits,
                       double factor, T* gradient) {
    return static_cast<const Derived&>(loss).row(y_true, y_pred, n, logits, factor, gradient);
  }
  [[gnu::cold]] static double rare_row(const LossBase& loss, const double* y_true, const double* y_pred,
                                       Dim n, bool logits, double factor, double* gradient) {
    return row_of(loss, y_true, y_pred, n, logits, factor, gradient);
  }

  std::vector<double> scratch_;
};

/// A RowLoss that is the mean over the row of `template <class T> T value(T y_true, T y_pred)` with the
/// derivative `template <class T> T slope(T y_true, T y_pred)`.
template <class Derived, class ConfigT = PlainConfig>
class MeanLoss : public RowLoss<Derived, ConfigT> {
 public:
  template <class T>
  double row(const T* t, const T* p, Dim n, bool, double factor, T* gradient) const {
    const auto* self = static_cast<const Derived*>(this);
    double sum = 0.0;
    for (Dim i = 0; i < n; ++i) sum += static_cast<double>(self->value(t[i], p[i]));
    if (gradient) {
      const T each = static_cast<T>(factor / static_cast<double>(n));
      for (Dim i = 0; i < n; ++i) gradient[i] = each * self->slope(t[i], p[i]);
    }
    return sum / static_cast<double>(n);
  }

 protected:
  using RowLoss<Derived, ConfigT>::RowLoss;
  /// Number by number, as Keras broadcasts.
  bool spreads_targets() const override { return true; }
};

}  // namespace rhyton::losses
