#pragma once
/// @file plan_layers.hpp  Steps that a plan puts between layers by itself.
#include "nn/layer.hpp"

namespace rhyton::detail {

/// Whole numbers as real ones: in front of layers that compute on them.
std::shared_ptr<const Layer> cast_layer();
/// True for input i of a call if it must be cast first.
bool needs_cast(const Layer& layer, const CallSpec& call, std::size_t i);
/// y = x, adding regularizer(x) / batch size to the losses: behind layers with an activity regularizer.
std::shared_ptr<const Layer> penalty_layer(const Layer& owner);

}  // namespace rhyton::detail
