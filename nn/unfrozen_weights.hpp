#pragma once
/// @file unfrozen_weights.hpp  What training changes of a layer that is a part of a model.
#include <memory>
#include <vector>

#include "nn/weight.hpp"

namespace rhyton {

class Layer;

/// Weights that are to be trained and belong to layers that are trainable themselves. As in Keras, a layer
/// that was made with `trainable=False` does not freeze the layers inside it; `set_trainable` does.
std::vector<std::shared_ptr<Weight>> unfrozen_weights(const Layer& layer);

}  // namespace rhyton
