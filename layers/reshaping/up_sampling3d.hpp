#pragma once
/// @file up_sampling3d.hpp  keras.layers.UpSampling3D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct UpSampling3DConfig {
  Sizes<3> size = 2;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("size", size)("data_format", data_format); }
};

/// Repeats every cell of volumes:
/// (batch, d, h, w, channels) -> (batch, d s0, h s1, w s2, channels), or the same with channels_first.
class UpSampling3D final : public LayerOf<UpSampling3D, UpSampling3DConfig> {
 public:
  static constexpr const char* keras_name = "UpSampling3D";
  explicit UpSampling3D(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Spatial size_{1, 1, 1};
};

}  // namespace rhyton
