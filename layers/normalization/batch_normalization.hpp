#pragma once
/// @file batch_normalization.hpp  keras.layers.BatchNormalization
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

/// An axis, given as a number or (Keras 2) as a list of one.
struct AxisArgument {
  AxisArgument(std::int64_t axis = -1) : value(axis) {}
  std::int64_t value;
};
void from_config(const Json& json, AxisArgument& value);
void to_config(Json& json, const AxisArgument& value);

struct BatchNormalizationConfig {
  AxisArgument axis = -1;
  double momentum = 0.99, epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros", moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  bool synchronized = false;
  bool renorm = false;
  std::optional<double> renorm_clipping = {};
  double renorm_momentum = 0.99;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("axis", axis)("momentum", momentum)("epsilon", epsilon)("center", center)("scale", scale);
    f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
    f("moving_mean_initializer", moving_mean_initializer);
    f("moving_variance_initializer", moving_variance_initializer);
    f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
    f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint)("synchronized", synchronized);
    f("renorm", renorm)("renorm_clipping", renorm_clipping)("renorm_momentum", renorm_momentum);
  }
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per entry of `axis`. In training mean and (biased)
/// variance are the batch's, and the moving ones follow: moving = momentum moving + (1 - momentum) batch.
/// Otherwise, and where the layer is frozen, they are the moving ones. A mask leaves samples out of the
/// moments. Weights: gamma, beta, moving_mean, moving_variance.
class BatchNormalization final : public LayerOf<BatchNormalization, BatchNormalizationConfig> {
 public:
  static constexpr const char* keras_name = "BatchNormalization";
  explicit BatchNormalization(Config config = {});

  void build(const Shapes& input_shapes) override;
  using Layer::build;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  Traits traits(const CallSpec& spec) const override;

 private:
  /// True when this call takes its moments from the batch.
  bool learns(const StepContext& c) const { return c.training() && trainable(); }
  BatchNormDesc desc(const Shape& x) const;
  int gamma_ = -1, beta_ = -1, mean_ = -1, variance_ = -1;
  /// Keras 2's fused kernel, for images, lets the moving variance follow the unbiased one.
  bool keras2_ = false;
};

}  // namespace rhyton
