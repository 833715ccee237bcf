#pragma once
/// @file activity_regularization.hpp  keras.layers.ActivityRegularization
#include "nn/layer.hpp"

namespace rhyton {

struct ActivityRegularizationConfig {
  double l1 = 0.0, l2 = 0.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("l1", l1)("l2", l2); }
};

/// y = x; adds (l1 sum |x| + l2 sum x^2) / batch size to the loss.
class ActivityRegularization final : public LayerOf<ActivityRegularization, ActivityRegularizationConfig> {
 public:
  static constexpr const char* keras_name = "ActivityRegularization";
  explicit ActivityRegularization(Config config = {});

  void write_config(ConfigWriter& writer) const override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override { p.alias(); }
  void call(Call&) const override {}
  void backward(Backward&) const override {}
  bool supports_masking() const override { return true; }
};

}  // namespace rhyton
