#pragma once
/// @file spatial_dropout1d.hpp  keras.layers.SpatialDropout1D
#include "nn/ops/noise_op.hpp"

namespace rhyton {

struct SpatialDropout1DConfig {
  double rate = 0.0;
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("rate", rate)("seed", seed);
  }
};

/// Dropout of whole channels in training, the same along all positions (Tompson et al., 2014):
/// (batch, steps, channels). The shape stays.
class SpatialDropout1D final : public LayerOf<SpatialDropout1D, SpatialDropout1DConfig> {
 public:
  static constexpr const char* keras_name = "SpatialDropout1D";
  explicit SpatialDropout1D(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  /// As Keras has it, without `trainable`.
  void write_config(ConfigWriter& writer) const override;

 private:
  ops::Dropping dropping() const;
};

}  // namespace rhyton
