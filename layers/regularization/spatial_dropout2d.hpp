#pragma once
/// @file spatial_dropout2d.hpp  keras.layers.SpatialDropout2D
#include "nn/arguments.hpp"
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct SpatialDropout2DConfig {
  double rate = 0.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("rate", rate)("seed", seed)("data_format", data_format); }
};

/// Dropout of whole channels in training, the same along all positions (Tompson et al., 2014):
/// (batch, height, width, channels), or with the channels first. The shape stays.
class SpatialDropout2D final : public ops::DropLayer<SpatialDropout2D, SpatialDropout2DConfig> {
 public:
  static constexpr const char* keras_name = "SpatialDropout2D";
  explicit SpatialDropout2D(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  /// As Keras has it, without `trainable`.
  void write_config(ConfigWriter& writer) const override;

  ops::Drop drop() const { return ops::plain_drop(config_.rate); }
  Shape noise(const Shape& x) const;
};
extern template class ops::DropLayer<SpatialDropout2D, SpatialDropout2DConfig>;

}  // namespace rhyton
