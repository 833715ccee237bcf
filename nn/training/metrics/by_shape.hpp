#pragma once
/// @file by_shape.hpp  "accuracy": a name that stands for one of three metrics until the shapes are known.
#include "nn/training/metrics/support.hpp"

namespace rhyton::metrics {

struct ByShapeConfig {
  std::string name{};
  void fields(ConfigFields& v) { v("name", name); }
};
/// Resolved by `resolve_metric`; throws where it is used unresolved.
class AccuracyByShape : public Configured<AccuracyByShape, MetricBase, ByShapeConfig> {
 public:
  static constexpr const char* keras_name = "accuracy";
  explicit AccuracyByShape(Config config) : Configured(std::move(config)) {}
  std::string name() const override { return config_.name; }
  void reset() override {}
  void update(ConstView, ConstView, ConstView) override;
  double result() const override { return 0.0; }
  std::optional<bool> higher_is_better() const override { return true; }
};

}  // namespace rhyton::metrics
