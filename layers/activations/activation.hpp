#pragma once
/// @file activation.hpp  keras.layers.Activation
#include "nn/ops/activation_layer.hpp"

namespace rhyton {

struct ActivationConfig {
  ActivationFn activation = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("activation", activation); }
};

/// Applies an activation function; the shape stays (but for "glu", which halves the last axis).
class Activation final : public ops::ActivationLayer<Activation, ActivationConfig> {
 public:
  static constexpr const char* keras_name = "Activation";
  explicit Activation(Config config);
  /// `Activation("relu")`
  Activation(const char* name) : Activation(Config{.activation = name}) {}
};
extern template class ops::ActivationLayer<Activation, ActivationConfig>;

}  // namespace rhyton
