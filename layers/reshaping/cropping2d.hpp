#pragma once
/// @file cropping2d.hpp  keras.layers.Cropping2D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct Cropping2DConfig {
  /// `c`: from all sides; `{h, w}`: from both sides of each; `{{top, bottom}, {left, right}}`; mixed forms
  /// too.
  Pairs<2> cropping = 0;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("cropping", cropping)("data_format", data_format); }
};

/// Cuts rows and columns off images.
/// (batch, height, width, channels) -> (batch, height - top - bottom, width - left - right, channels), or the
/// same with channels_first (batch, channels, height, width).
class Cropping2D final : public LayerOf<Cropping2D, Cropping2DConfig> {
 public:
  static constexpr const char* keras_name = "Cropping2D";
  explicit Cropping2D(Config config = {});

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
