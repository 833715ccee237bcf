#pragma once
/// @file plan_layers.hpp  Steps that a plan puts between layers by itself.
#include "nn/layer.hpp"

namespace rhyton::detail {

/// The same numbers of another type.
std::shared_ptr<Layer> cast_layer(DType dtype);
/// The same tensor without its mask.
std::shared_ptr<const Layer> unmasked_layer();
/// The first of two tensors with the mask of the second.
std::shared_ptr<const Layer> masked_layer();
/// What input i of a call must be cast to first: a real type in front of layers that compute on real numbers.
std::optional<DType> needed_cast(const Node& node, std::size_t i);
/// The whole type to which the output of a layer with WholeOutputs is to be rounded.
std::optional<DType> rounds_to(const Node& node);
/// True for the steps of `penalty_layer`: they are part of the loss, whatever becomes of their output.
bool is_penalty(const Operation& step);
/// y = x, adding regularizer(x) / batch size to the losses: behind layers with an activity regularizer.
std::shared_ptr<const Layer> penalty_layer(const Layer& owner);

}  // namespace rhyton::detail
