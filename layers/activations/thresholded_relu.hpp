#pragma once
/// @file thresholded_relu.hpp  keras.layers.ThresholdedReLU of Keras 2
#include "nn/ops/activation_layer.hpp"

namespace rhyton {

struct ThresholdedReLUConfig {
  double theta = 1.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("theta", theta); }
};

/// x where x > theta, 0 elsewhere.
class ThresholdedReLU final : public ops::ActivationLayer<ThresholdedReLU, ThresholdedReLUConfig> {
 public:
  static constexpr const char* keras_name = "ThresholdedReLU";
  explicit ThresholdedReLU(Config config = {});
  /// Keras 3 has it among its deprecated layers.
  std::string keras_module() const override { return "keras._legacy.layers"; }
};
extern template class ops::ActivationLayer<ThresholdedReLU, ThresholdedReLUConfig>;

}  // namespace rhyton
