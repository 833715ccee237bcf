#pragma once
/// @file activation.hpp  keras.layers.Activation
#include "nn/activations/activation_fn.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct ActivationConfig {
  ActivationFn activation = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("activation", activation);
  }
};

/// Applies an activation function; the shape stays (but for "glu", which halves the last axis).
class Activation final : public LayerOf<Activation, ActivationConfig> {
 public:
  static constexpr const char* keras_name = "Activation";
  explicit Activation(Config config);
  /// `Activation("relu")`
  Activation(const char* name) : Activation(Config{.activation = name}) {}

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  Traits traits(const CallSpec& spec) const override;
};

}  // namespace rhyton
