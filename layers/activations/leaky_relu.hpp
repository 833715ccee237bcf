#pragma once
/// @file leaky_relu.hpp  keras.layers.LeakyReLU
#include "nn/ops/activation_layer.hpp"

namespace rhyton {

struct LeakyReLUConfig {
  double negative_slope = 0.3;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("negative_slope", negative_slope).alias("alpha", negative_slope); }
};

/// x where x > 0, negative_slope x elsewhere.
class LeakyReLU final : public ops::ActivationLayer<LeakyReLU, LeakyReLUConfig> {
 public:
  static constexpr const char* keras_name = "LeakyReLU";
  explicit LeakyReLU(Config config = {});
};
extern template class ops::ActivationLayer<LeakyReLU, LeakyReLUConfig>;

}  // namespace rhyton
