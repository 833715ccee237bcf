#pragma once
/// @file up_sampling2d.hpp  keras.layers.UpSampling2D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct UpSampling2DConfig {
  Sizes<2> size = 2;
  DataFormat data_format = {};
  /// "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
  std::string interpolation = "nearest";
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("size", size)("data_format", data_format)("interpolation", interpolation);
  }
};

/// Makes images larger by whole factors: (batch, height, width, channels) ->
/// (batch, height s0, width s1, channels), or the same with channels_first.
class UpSampling2D final : public LayerOf<UpSampling2D, UpSampling2DConfig> {
 public:
  static constexpr const char* keras_name = "UpSampling2D";
  explicit UpSampling2D(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Spatial size_{1, 1, 1};
};

}  // namespace rhyton
