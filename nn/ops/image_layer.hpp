#pragma once
/// @file image_layer.hpp  Layers that change images in training only.
#include "nn/ops/image_op.hpp"
#include "nn/ops/random_layer.hpp"

namespace rhyton::ops {

/// Base of a layer that is the identity outside training, on images of any size.
template <class Derived, class ConfigT>
class RandomImageLayer : public RandomLayer<Derived, ConfigT> {
 public:
  using RandomLayer<Derived, ConfigT>::RandomLayer;
  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    check_images(*this, input_shapes);
    return input_shapes;
  }
  bool supports_masking() const override { return false; }
};

/// One whose training is not supported: it is refused where it would begin.
template <class Derived, class ConfigT>
class InferenceOnlyImageLayer : public RandomImageLayer<Derived, ConfigT> {
 public:
  using RandomImageLayer<Derived, ConfigT>::RandomImageLayer;
  void prepare(Prepare& p) const override {
    if (p.training())
      throw NotSupported(this->label() +
                         " in training is not supported; outside training it leaves images as they are.");
    p.alias();
  }
  void backward(Backward&) const override {}
};

}  // namespace rhyton::ops
