#pragma once
/// @file unit_normalization.hpp  keras.layers.UnitNormalization
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct UnitNormalizationConfig {
  AxisList axis = -1;
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
};

/// Gives every sample the L2 norm 1 along `axis`: y = x / sqrt(max(sum(x^2), 1e-12)). The shape stays.
class UnitNormalization final : public LayerOf<UnitNormalization, UnitNormalizationConfig> {
 public:
  static constexpr const char* keras_name = "UnitNormalization";
  explicit UnitNormalization(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
};

}  // namespace rhyton
