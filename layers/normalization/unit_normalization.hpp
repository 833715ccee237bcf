#pragma once
/// @file unit_normalization.hpp  keras.layers.UnitNormalization
#include "nn/arguments.hpp"
#include "nn/layer.hpp"
#include "nn/load_scope.hpp"

namespace rhyton {

struct UnitNormalizationConfig {
  AxisList axis = -1;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("axis", axis); }
};

/// Gives every sample the L2 norm 1 along `axis`: y = x / max(|x|, 1e-12). The shape stays.
class UnitNormalization final : public LayerOf<UnitNormalization, UnitNormalizationConfig> {
 public:
  static constexpr const char* keras_name = "UnitNormalization";
  explicit UnitNormalization(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 private:
  /// Keras 2 bounds the square and not the length.
  double least_square_ = LoadScope::dialect() == Dialect::keras2 ? 1e-12 : 1e-24;
};

}  // namespace rhyton
