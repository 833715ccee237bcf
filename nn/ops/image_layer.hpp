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

}  // namespace rhyton::ops
