#pragma once
/// @file dot.hpp  keras.layers.Dot
#include "nn/arguments.hpp"
#include "nn/layer.hpp"
#include "nn/load_scope.hpp"

namespace rhyton {

struct DotConfig {
  /// The axis of both inputs, or one of each: `1`, `{2, 1}`. The batch (0) cannot be one.
  AxisList axes = 0;
  /// Scale both to length 1 along their axes first: the cosine of their angle.
  bool normalize = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("axes", axes)("normalize", normalize); }
};

/// For each sample, sum over an axis of the products of two inputs:
/// (batch, a..., k) and (batch, k, b...) with axes {-1, 1} -> (batch, a..., b...); two vectors give
/// (batch, 1).
class Dot final : public LayerOf<Dot, DotConfig> {
 public:
  static constexpr const char* keras_name = "Dot";
  explicit Dot(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  MaskRule mask_rule(const CallSpec&) const override { return MaskRule::drop; }

 private:
  int axis(int input, int rank) const;

  /// Shorter vectors are scaled by a constant; Keras 2 bounds the square and not the length.
  double least_square_ = LoadScope::dialect() == Dialect::keras2 ? 1e-12 : 1e-14;
};

}  // namespace rhyton
