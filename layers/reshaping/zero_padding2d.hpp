#pragma once
/// @file zero_padding2d.hpp  keras.layers.ZeroPadding2D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct ZeroPadding2DConfig {
  /// `p`: on all sides; `{h, w}`: on both sides of each; `{{top, bottom}, {left, right}}`; mixed forms too.
  Pairs<2> padding = 1;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("padding", padding)("data_format", data_format); }
};

/// Puts rows and columns of zeros around images.
/// (batch, height, width, channels) -> (batch, top + height + bottom, left + width + right, channels), or the
/// same with channels_first (batch, channels, height, width).
class ZeroPadding2D final : public LayerOf<ZeroPadding2D, ZeroPadding2DConfig> {
 public:
  static constexpr const char* keras_name = "ZeroPadding2D";
  explicit ZeroPadding2D(Config config = {});

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
