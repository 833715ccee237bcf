#include "layers/activations/leaky_relu.hpp"

namespace rhyton {

LeakyReLU::LeakyReLU(Config config) : ActivationLayer(std::move(config)) {
  expect_not_negative("negative_slope", config_.negative_slope);
  f_ = ActivationSpec{.kind = ActivationKind::leaky_relu, .a = config_.negative_slope};
}

template class ops::ActivationLayer<LeakyReLU, LeakyReLUConfig>;

}  // namespace rhyton
