#pragma once
/// @file relu.hpp  keras.layers.ReLU
#include "nn/ops/activation_layer.hpp"

namespace rhyton {

struct ReLUConfig {
  std::optional<double> max_value = {};
  double negative_slope = 0.0, threshold = 0.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("max_value", max_value)("negative_slope", negative_slope)("threshold", threshold);
  }
};

/// max_value where x >= max_value, x where x > threshold, negative_slope (x - threshold) elsewhere.
class ReLU final : public ops::ActivationLayer<ReLU, ReLUConfig> {
 public:
  static constexpr const char* keras_name = "ReLU";
  explicit ReLU(Config config = {});
};
extern template class ops::ActivationLayer<ReLU, ReLUConfig>;

}  // namespace rhyton
