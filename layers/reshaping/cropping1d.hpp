#pragma once
/// @file cropping1d.hpp  keras.layers.Cropping1D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct Cropping1DConfig {
  /// `c`: from both ends; `{before, after}`.
  Pair cropping = 1;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("cropping", cropping); }
};

/// Cuts steps off the ends of sequences: (batch, steps, channels) -> (batch, steps - before - after,
/// channels).
class Cropping1D final : public LayerOf<Cropping1D, Cropping1DConfig> {
 public:
  static constexpr const char* keras_name = "Cropping1D";
  explicit Cropping1D(Config config = {});

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
