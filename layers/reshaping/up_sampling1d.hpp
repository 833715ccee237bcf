#pragma once
/// @file up_sampling1d.hpp  keras.layers.UpSampling1D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct UpSampling1DConfig {
  std::int64_t size = 2;

  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("size", size); }
};

/// Repeats every step of sequences:
/// (batch, steps, channels) -> (batch, steps size, channels).
class UpSampling1D final : public LayerOf<UpSampling1D, UpSampling1DConfig> {
 public:
  static constexpr const char* keras_name = "UpSampling1D";
  explicit UpSampling1D(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Spatial size_{1, 1, 1};
};

}  // namespace rhyton
