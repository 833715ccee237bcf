#pragma once
/// @file cropping3d.hpp  keras.layers.Cropping3D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct Cropping3DConfig {
  /// `c`: from all sides; `{d, h, w}`: from both sides of each; `{{d1, d2}, {h1, h2}, {w1, w2}}`; mixed forms
  /// too.
  Pairs<3> cropping = 1;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("cropping", cropping)("data_format", data_format); }
};

/// Cuts the borders off volumes.
/// (batch, d, h, w, channels) -> (batch, d - d1 - d2, h - h1 - h2, w - w1 - w2, channels), or the same with
/// channels_first (batch, channels, d, h, w).
class Cropping3D final : public LayerOf<Cropping3D, Cropping3DConfig> {
 public:
  static constexpr const char* keras_name = "Cropping3D";
  explicit Cropping3D(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  Traits traits(const CallSpec& spec) const override;

 private:
  Shape offset_;  ///< where the output's first cell lies in the input
};

}  // namespace rhyton
