#pragma once
/// @file regularizer.hpp  Penalties on weights (or on a layer's output): L1, L2, L1L2, OrthogonalRegularizer.
#include <string>

#include "nn/object.hpp"
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Base of `keras.regularizers`.
class RegularizerBase : public Object {
 public:
  static constexpr const char* family = "regularizer";
  static constexpr const char* module = "keras.regularizers";

  /// The penalty of `w`, float32 or float64.
  virtual double value(ConstView w) const = 0;
  /// dw += scale * (gradient of the penalty). dw has w's shape and dtype.
  virtual void add_gradient(ConstView w, View dw, double scale = 1.0) const = 0;
};

template <>
Registry<RegularizerBase>& Registry<RegularizerBase>::global();
extern template class Ref<RegularizerBase>;

/// A regularizer, its name ("l2" is L2(0.01)), or none.
using Regularizer = Ref<RegularizerBase>;

namespace regularizers {

struct L1Config {
  double l1 = 0.01;
  void fields(ConfigFields& v) { v("l1", l1); }
};
/// l1 * sum |w|; the gradient at 0 is 0.
class L1 : public Configured<L1, RegularizerBase, L1Config> {
 public:
  static constexpr const char* keras_name = "L1";
  explicit L1(Config config = {});
  double value(ConstView w) const override;
  void add_gradient(ConstView w, View dw, double scale) const override;
};

struct L2Config {
  double l2 = 0.01;
  void fields(ConfigFields& v) { v("l2", l2); }
};
/// l2 * sum w^2.
class L2 : public Configured<L2, RegularizerBase, L2Config> {
 public:
  static constexpr const char* keras_name = "L2";
  explicit L2(Config config = {});
  double value(ConstView w) const override;
  void add_gradient(ConstView w, View dw, double scale) const override;
};

struct L1L2Config {
  double l1 = 0.0, l2 = 0.0;
  void fields(ConfigFields& v) { v("l1", l1)("l2", l2); }
};
class L1L2 : public Configured<L1L2, RegularizerBase, L1L2Config> {
 public:
  static constexpr const char* keras_name = "L1L2";
  explicit L1L2(Config config = {});
  double value(ConstView w) const override;
  void add_gradient(ConstView w, View dw, double scale) const override;
};

struct OrthogonalRegularizerConfig {
  double factor = 0.01;
  std::string mode = "rows";
  void fields(ConfigFields& v) { v("factor", factor)("mode", mode); }
};
/// factor / (n (n - 1)) * sum over i != j of |<u_i, u_j>|, where u are the n rows (or columns) of a matrix
/// over their L2 norms.
class OrthogonalRegularizer
    : public Configured<OrthogonalRegularizer, RegularizerBase, OrthogonalRegularizerConfig> {
 public:
  static constexpr const char* keras_name = "OrthogonalRegularizer";
  explicit OrthogonalRegularizer(Config config = {});
  double value(ConstView w) const override;
  void add_gradient(ConstView w, View dw, double scale) const override;
};

}  // namespace regularizers
}  // namespace rhyton
