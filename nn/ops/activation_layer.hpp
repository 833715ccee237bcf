#pragma once
/// @file activation_layer.hpp  Base of layers that are one activation function.
#include "nn/ops/activation_op.hpp"

namespace rhyton::ops {

/// `Derived` sets `f_` in its constructor.
template <class Derived, class Config>
class ActivationLayer : public LayerOf<Derived, Config> {
 public:
  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_inputs(input_shapes, 1);
    return {activated_shape(*this, f_, input_shapes[0])};
  }
  void prepare(Prepare& p) const override { prepare_activation(p, f_); }
  void call(Call& c) const override { call_activation(c, f_); }
  void backward(Backward& b) const override { backward_activation(b, f_); }
  bool supports_masking() const override { return true; }
  Traits traits(const CallSpec&) const override {
    if (f_.custom()) return {};
    return ActivationTraits{f_.spec()};
  }

 protected:
  using LayerOf<Derived, Config>::LayerOf;
  /// Throws ValueError unless 0 <= value.
  void expect_not_negative(const char* argument, double value) const {
    if (!(value >= 0.0))
      this->fail(std::string("`") + argument + "` must be a number that is not negative. Received: " +
                 argument + "=" + std::to_string(value) + ".");
  }

  ActivationFn f_;
};

}  // namespace rhyton::ops
