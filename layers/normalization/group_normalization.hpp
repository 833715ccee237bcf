#pragma once
/// @file group_normalization.hpp  keras.layers.GroupNormalization
#include "nn/layer.hpp"
#include "nn/whole_outputs.hpp"

namespace rhyton {

struct GroupNormalizationConfig {
  /// -1: as many as there are channels (instance normalization).
  std::int64_t groups = 32;
  std::int64_t axis = -1;  ///< of the channels
  double epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("groups", groups)("axis", axis)("epsilon", epsilon)("center", center)("scale", scale);
    f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
    f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
    f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint);
  }
};

/// Normalizes neighbouring channels together, each sample on its own (Wu and He, 2018):
/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta. The shape stays.
/// Weights: gamma (if `scale`), beta (if `center`), both (channels).
class GroupNormalization final : public LayerOf<GroupNormalization, GroupNormalizationConfig>,
                                 public WholeOutputs {
 public:
  static constexpr const char* keras_name = "GroupNormalization";
  explicit GroupNormalization(Config config = {});

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 private:
  int gamma_ = -1, beta_ = -1;
};

}  // namespace rhyton
