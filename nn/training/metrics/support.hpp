#pragma once
/// @file support.hpp  What metrics share: their name and dtype, and arrays read as doubles.
#include <optional>
#include <string>
#include <vector>

#include "nn/training/losses/loss.hpp"
#include "nn/training/metrics/metric.hpp"

namespace rhyton::metrics {

/// A tensor as doubles, with its shape.
struct Values {
  std::vector<double> v;
  Shape shape;
  void read(ConstView view);
  Dim rows() const { return shape.rank() > 0 ? shape.product(0, shape.rank() - 1) : 1; }
  Dim last() const { return shape.rank() > 0 ? shape.back() : 1; }
};

/// Index of the largest of n numbers, the first of equals.
Dim argmax(const double* x, Dim n);
/// a / b, 0 where b is 0.
inline double divide_no_nan(double a, double b) { return b == 0.0 ? 0.0 : a / b; }

/// Ties a metric to its Config, which has `name` and `dtype`; an empty name is Derived::default_name.
template <class Derived, class ConfigT, class Base = MetricBase>
class MetricOf : public Configured<Derived, Base, ConfigT> {
 public:
  std::string name() const override { return this->config_.name; }
  std::optional<bool> higher_is_better() const override { return true; }

 protected:
  explicit MetricOf(ConfigT&& config) : Configured<Derived, Base, ConfigT>(std::move(config)) {
    if (this->config_.name.empty()) this->config_.name = Derived::default_name;
  }
};

/// The Config of a metric without arguments of its own.
struct PlainConfig {
  std::string name{}, dtype = "float32";
  void fields(ConfigFields& v) { v("name", name)("dtype", dtype); }
};

/// Base of metrics with several values: `result` is their mean.
class SeveralValues : public MetricBase {
 public:
  double result() const override;
  std::vector<double> results() const override = 0;
};

}  // namespace rhyton::metrics
