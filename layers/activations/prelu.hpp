#pragma once
/// @file prelu.hpp  keras.layers.PReLU
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct PReLUConfig {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  /// Axes along which alpha has one value, counted from 1 (0 is the batch); `1` is `{1}`.
  std::optional<AxisList> shared_axes = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("alpha_initializer", alpha_initializer)("alpha_regularizer", alpha_regularizer);
    f("alpha_constraint", alpha_constraint)("shared_axes", shared_axes);
  }
};

/// x where x > 0, alpha x elsewhere; alpha is learned.
/// Weights: alpha, the input's shape without the batch, 1 along `shared_axes`.
class PReLU final : public LayerOf<PReLU, PReLUConfig> {
 public:
  static constexpr const char* keras_name = "PReLU";
  explicit PReLU(Config config = {});

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 private:
  int alpha_ = -1;
};

}  // namespace rhyton
