#include "layers/activations/elu.hpp"

namespace rhyton {

ELU::ELU(Config config) : ActivationLayer(std::move(config)) {
  f_ = ActivationSpec{.kind = ActivationKind::elu, .a = config_.alpha};
}

}  // namespace rhyton
