#pragma once
/// @file zero_padding3d.hpp  keras.layers.ZeroPadding3D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct ZeroPadding3DConfig {
  /// `p`: on all sides; `{d, h, w}`: on both sides of each; `{{d1, d2}, {h1, h2}, {w1, w2}}`; mixed forms
  /// too.
  Pairs<3> padding = 1;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("padding", padding)("data_format", data_format); }
};

/// Puts zeros around volumes.
/// (batch, d, h, w, channels) -> (batch, d1 + d + d2, h1 + h + h2, w1 + w + w2, channels), or the same with
/// channels_first (batch, channels, d, h, w).
class ZeroPadding3D final : public LayerOf<ZeroPadding3D, ZeroPadding3DConfig> {
 public:
  static constexpr const char* keras_name = "ZeroPadding3D";
  explicit ZeroPadding3D(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  Traits traits(const CallSpec& spec) const override;

 private:
  Shape offset_;  ///< where the output's first cell would lie in the input: not above 0
};

}  // namespace rhyton
