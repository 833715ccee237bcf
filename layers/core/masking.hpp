#pragma once
/// @file masking.hpp  keras.layers.Masking
#include "nn/layer.hpp"

namespace rhyton {

struct MaskingConfig {
  double mask_value = 0.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("mask_value", mask_value); }
};

/// Masks the steps whose features all equal `mask_value`, and sets them to zero; the shape stays.
class Masking final : public LayerOf<Masking, MaskingConfig> {
 public:
  static constexpr const char* keras_name = "Masking";
  explicit Masking(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool supports_masking() const override { return true; }
  MaskRule mask_rule(const CallSpec&) const override { return MaskRule::compute; }
  std::optional<Shape> mask_shape(const CallSpec& spec, int output) const override;
  void compute_mask(Call& c) const override;
  // any(not_equal(x, mask_value))
  MaskGraph mask_graph() const override { return {.makes = MaskGraph::Makes::compared, .comparing = 2}; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
