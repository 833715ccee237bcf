#pragma once
/// @file row_loss.hpp  Losses whose values each depend on one row along the class axis, and their Config.
#include "nn/training/losses/loss.hpp"

namespace rhyton::losses {

/// An argument that is read and means nothing.
struct Ignored {};
inline void from_config(const Json&, Ignored&) {}

/// Reads what Keras 2 writes beside the arguments, which says nothing more.
template <class V>
void legacy_fields(V& v) {
  if constexpr (std::is_same_v<V, ConfigReader>) {
    Ignored ignored;
    v("fn", ignored)("dtype", ignored);
  }
}

/// The Config of a loss without arguments of its own.
struct PlainConfig {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  template <class V>
  void fields(V& v) {
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
  explicit RowLoss(ConfigT config) : Configured<Derived, LossBase, ConfigT>(std::move(config)) {
    if (this->config_.name.empty()) this->config_.name = Derived::default_name;
    this->set_common(this->config_.name, this->config_.reduction);
    this->config_.reduction = this->reduction();
  }

  void compute(const LossBase::Batch& batch) override {
    batch.dtype == DType::float64 ? run_rarely(batch) : run<float>(batch);
  }

 private:
  [[gnu::cold]] void run_rarely(const LossBase::Batch& batch) { run<double>(batch); }

  // Inline, so that what is run rarely is made small.
  template <class T>
  [[gnu::always_inline]] inline void run(const LossBase::Batch& b) {
    const auto* self = static_cast<const Derived*>(this);
    const T* y_true = static_cast<const T*>(b.y_true);
    const T* y_pred = static_cast<const T*>(b.y_pred);
    T* gradient = static_cast<T*>(b.gradient);
    const Dim targets = this->sparse() ? 1 : b.classes;
    if (b.inner == 1) {
      for (Dim r = 0; r < b.outer; ++r)
        b.values[r] =
            self->row(y_true + r * targets, y_pred + r * b.classes, b.classes, b.logits,
                      b.factors ? b.factors[r] : 0.0, gradient ? gradient + r * b.classes : nullptr);
      return;
    }
    const auto n = static_cast<std::size_t>(b.classes);
    scratch_.resize(3 * n);
    T* t = reinterpret_cast<T*>(scratch_.data());
    T *p = t + n, *g = p + n;
    for (Dim o = 0; o < b.outer; ++o)
      for (Dim i = 0; i < b.inner; ++i) {
        const Dim r = o * b.inner + i, base = o * b.classes * b.inner + i;
        for (Dim c = 0; c < b.classes; ++c) p[c] = y_pred[base + c * b.inner];
        if (targets == 1 && this->sparse())
          t[0] = y_true[r];
        else
          for (Dim c = 0; c < b.classes; ++c) t[c] = y_true[base + c * b.inner];
        b.values[r] =
            self->row(t, p, b.classes, b.logits, b.factors ? b.factors[r] : 0.0, gradient ? g : nullptr);
        if (gradient)
          for (Dim c = 0; c < b.classes; ++c) gradient[base + c * b.inner] = g[c];
      }
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
