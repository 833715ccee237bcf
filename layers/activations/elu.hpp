#pragma once
/// @file elu.hpp  keras.layers.ELU
#include "nn/ops/activation_layer.hpp"

namespace rhyton {

struct ELUConfig {
  double alpha = 1.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("alpha", alpha); }
};

/// x where x > 0, alpha (exp(x) - 1) elsewhere.
class ELU final : public ops::ActivationLayer<ELU, ELUConfig> {
 public:
  static constexpr const char* keras_name = "ELU";
  explicit ELU(Config config = {});
};
extern template class ops::ActivationLayer<ELU, ELUConfig>;

}  // namespace rhyton
