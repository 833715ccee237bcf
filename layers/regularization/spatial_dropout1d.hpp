#pragma once
/// @file spatial_dropout1d.hpp  keras.layers.SpatialDropout1D
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct SpatialDropout1DConfig {
  double rate = 0.0;
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("rate", rate)("seed", seed); }
};

/// Dropout of whole channels in training, the same along all positions (Tompson et al., 2014):
/// (batch, steps, channels). The shape stays.
class SpatialDropout1D final : public ops::DropLayer<SpatialDropout1D, SpatialDropout1DConfig> {
 public:
  static constexpr const char* keras_name = "SpatialDropout1D";
  explicit SpatialDropout1D(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  /// As Keras has it, without `trainable`.
  void write_config(ConfigWriter& writer) const override;

  ops::Drop drop() const { return ops::plain_drop(config_.rate); }
  Shape noise(const Shape& x) const;
};
extern template class ops::DropLayer<SpatialDropout1D, SpatialDropout1DConfig>;

}  // namespace rhyton
