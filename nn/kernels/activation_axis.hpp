#pragma once
/// @file activation_axis.hpp  The activations that look along an axis: softmax, log_softmax, sparsemax and
/// glu.
#include "nn/kernels/activation.hpp"

namespace rhyton {

void activation_axis_forward(const ActivationSpec& spec, ConstView x, View y);
void activation_axis_backward(const ActivationSpec& spec, ConstView x, ConstView y, ConstView dy, View dx);

}  // namespace rhyton
