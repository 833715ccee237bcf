#include "layers/activations/elu.hpp"

namespace rhyton {

ELU::ELU(Config config) : ActivationLayer(std::move(config)) {
  f_ = ActivationSpec{.kind = ActivationKind::elu, .a = config_.alpha};
}

template class ops::ActivationLayer<ELU, ELUConfig>;

}  // namespace rhyton
