#pragma once
/// @file activation_op.hpp  An activation function as a step of its own.
#include "nn/activations/activation_fn.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// The shape of f(x); throws ValueError, naming the layer, where f's axis does not fit.
Shape activated_shape(const Layer& layer, const ActivationFn& f, const Shape& x);
void prepare_activation(Prepare& p, const ActivationFn& f);
void call_activation(Call& c, const ActivationFn& f);
void backward_activation(Backward& b, const ActivationFn& f);

}  // namespace rhyton::ops
