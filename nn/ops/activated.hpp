#pragma once
/// @file activated.hpp  The activation behind a product, a convolution or a normalization: fused into the
/// kernel where that loses nothing, a pass of its own otherwise.
#include "nn/activations/activation_fn.hpp"
#include "nn/operation.hpp"

namespace rhyton::ops {

/// Used by a step whose output 0 is f(z), z from a kernel. Takes the step's saved buffer 0 where the gradient
/// needs z, and scratch of z's size for dz (and for z itself where f changes the shape).
class Activated {
 public:
  explicit Activated(const ActivationFn& f) : f_(f) {}

  /// What the kernel is to apply itself: f, or linear when f must run on its own.
  ActivationSpec fused(bool wants_gradient) const;
  /// Announces the buffers; `reads_inputs`: the step's own backward reads its inputs.
  void prepare(Prepare& p, bool reads_inputs) const;
  /// Where the kernel writes.
  View target(const Call& c) const;
  /// Applies what was not fused.
  void finish(const Call& c) const;
  /// The gradient with respect to z: dy itself if f is linear.
  ConstView dz(const Backward& b) const;

 private:
  bool saves_z() const;
  /// The shape of z that gives an output of shape `y`.
  Shape before(const Shape& y) const;
  const ActivationFn& f_;
};

}  // namespace rhyton::ops
