#pragma once
/// @file constraint.hpp  Projections of a weight after each update: MaxNorm, NonNeg, UnitNorm, MinMaxNorm.
#include <vector>

#include "nn/arguments.hpp"
#include "nn/object.hpp"
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Base of `keras.constraints`.
class ConstraintBase : public Object {
 public:
  static constexpr const char* family = "constraint";
  static constexpr const char* module = "keras.constraints";

  /// Projects `w` in place, float32 or float64. Allocates nothing.
  virtual void apply(View w) const = 0;
};

template <>
Registry<ConstraintBase>& Registry<ConstraintBase>::global();
extern template class Ref<ConstraintBase>;

/// A constraint, its name ("non_neg"), or none.
using Constraint = Ref<ConstraintBase>;

namespace constraints {

/// The argument `axis`: one axis or several.
using Axes = AxisList;

struct MaxNormConfig {
  double max_value = 2.0;
  Axes axis = 0;
  void fields(ConfigFields& v) { v("max_value", max_value)("axis", axis); }
};
/// w * clip(|w|, 0, max_value) / (1e-7 + |w|), norms over `axis`.
class MaxNorm : public Configured<MaxNorm, ConstraintBase, MaxNormConfig> {
 public:
  static constexpr const char* keras_name = "MaxNorm";
  explicit MaxNorm(Config config = {});
  void apply(View w) const override;
};

struct NonNegConfig {
  void fields(ConfigFields&) {}
};
/// max(w, 0).
class NonNeg : public Configured<NonNeg, ConstraintBase, NonNegConfig> {
 public:
  static constexpr const char* keras_name = "NonNeg";
  explicit NonNeg(Config config = {});
  void apply(View w) const override;
};

struct UnitNormConfig {
  Axes axis = 0;
  void fields(ConfigFields& v) { v("axis", axis); }
};
/// w / (1e-7 + |w|), norms over `axis`.
class UnitNorm : public Configured<UnitNorm, ConstraintBase, UnitNormConfig> {
 public:
  static constexpr const char* keras_name = "UnitNorm";
  explicit UnitNorm(Config config = {});
  void apply(View w) const override;
};

struct MinMaxNormConfig {
  double min_value = 0.0, max_value = 1.0, rate = 1.0;
  Axes axis = 0;
  void fields(ConfigFields& v) {
    v("min_value", min_value)("max_value", max_value)("rate", rate)("axis", axis);
  }
};
/// w * (rate * clip(|w|, min_value, max_value) + (1 - rate) |w|) / (1e-7 + |w|), norms over `axis`.
class MinMaxNorm : public Configured<MinMaxNorm, ConstraintBase, MinMaxNormConfig> {
 public:
  static constexpr const char* keras_name = "MinMaxNorm";
  explicit MinMaxNorm(Config config = {});
  void apply(View w) const override;
};

}  // namespace constraints
}  // namespace rhyton
