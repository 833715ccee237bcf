#include "layers/activations/activation.hpp"

namespace rhyton {

Activation::Activation(Config config) : ActivationLayer(std::move(config)) { f_ = config_.activation; }

template class ops::ActivationLayer<Activation, ActivationConfig>;

}  // namespace rhyton
