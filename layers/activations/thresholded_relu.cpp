#include "layers/activations/thresholded_relu.hpp"

namespace rhyton {

ThresholdedReLU::ThresholdedReLU(Config config) : ActivationLayer(std::move(config)) {
  expect_not_negative("theta", config_.theta);
  f_ = ActivationSpec{.kind = ActivationKind::threshold, .a = config_.theta, .b = 0.0};
}

template class ops::ActivationLayer<ThresholdedReLU, ThresholdedReLUConfig>;

}  // namespace rhyton
