#pragma once
/// @file rescaling.hpp  keras.layers.Rescaling
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct RescalingConfig {
  /// One number, or one a channel.
  Numbers scale = Numbers({});
  Numbers offset = 0.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("scale", scale)("offset", offset); }
};

/// y = x scale + offset. Lists run along the last axis (with channels_first images, by keras.json, along the
/// third from the end). Takes integers too.
class Rescaling final : public LayerOf<Rescaling, RescalingConfig> {
 public:
  static constexpr const char* keras_name = "Rescaling";
  explicit Rescaling(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 private:
  int channel_axis(int rank) const;
};

}  // namespace rhyton
