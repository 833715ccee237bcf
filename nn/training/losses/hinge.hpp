#pragma once
/// @file hinge.hpp  Maximum-margin losses. Labels that are all 0 or 1 are taken as -1 or 1.
#include <algorithm>

#include "nn/training/losses/row_loss.hpp"

namespace rhyton::losses {

/// 2 y - 1 if every y is 0 or 1, y otherwise.
void to_signs(View labels);

/// max(1 - t p, 0).
class Hinge : public MeanLoss<Hinge> {
 public:
  static constexpr const char *keras_name = "Hinge", *default_name = "hinge";
  explicit Hinge(Config config = {});
  template <class T>
  T value(T t, T p) const {
    return std::max(T(1) - t * p, T(0));
  }
  template <class T>
  T slope(T t, T p) const {
    return T(1) - t * p >= T(0) ? -t : T(0);
  }

 protected:
  bool edits_targets() const override { return true; }
  void edit_targets(View labels) const override { to_signs(labels); }
};

/// max(1 - t p, 0)^2.
class SquaredHinge : public MeanLoss<SquaredHinge> {
 public:
  static constexpr const char *keras_name = "SquaredHinge", *default_name = "squared_hinge";
  explicit SquaredHinge(Config config = {});
  template <class T>
  T value(T t, T p) const {
    const T margin = std::max(T(1) - t * p, T(0));
    return margin * margin;
  }
  template <class T>
  T slope(T t, T p) const {
    return T(-2) * t * std::max(T(1) - t * p, T(0));
  }

 protected:
  bool edits_targets() const override { return true; }
  void edit_targets(View labels) const override { to_signs(labels); }
};

/// max(max((1 - t) p) - sum(t p) + 1, 0) for one-hot t. Numbers that are the largest together share its
/// gradient, as everywhere in Keras: they do where dead units leave all logits alike.
class CategoricalHinge : public RowLoss<CategoricalHinge> {
 public:
  static constexpr const char *keras_name = "CategoricalHinge", *default_name = "categorical_hinge";
  explicit CategoricalHinge(Config config = {});
  template <class T>
  double row(const T* t, const T* p, Dim n, bool, double factor, T* gradient) const {
    T positive = T(0), negative = T(0);
    Dim largest = 0;
    for (Dim i = 0; i < n; ++i) {
      positive += t[i] * p[i];
      const T other = (T(1) - t[i]) * p[i];
      if (i == 0 || other > negative) {
        negative = other;
        largest = 0;
      }
      if (other == negative) ++largest;
    }
    const T margin = negative - positive + T(1);
    if (gradient) {
      const T each = margin >= T(0) ? static_cast<T>(factor) : T(0);
      const T share = each / static_cast<T>(largest);
      for (Dim i = 0; i < n; ++i) {
        const T rest = T(1) - t[i];
        gradient[i] = (rest * p[i] == negative ? share * rest : T(0)) - each * t[i];
      }
    }
    return static_cast<double>(std::max(margin, T(0)));
  }
};

}  // namespace rhyton::losses
