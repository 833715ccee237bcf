#include "layers/activations/relu.hpp"

#include <limits>

namespace rhyton {

ReLU::ReLU(Config config) : ActivationLayer(std::move(config)) {
  expect_not_negative("max_value", config_.max_value.value_or(0.0));
  expect_not_negative("negative_slope", config_.negative_slope);
  expect_not_negative("threshold", config_.threshold);
  f_ = ActivationSpec{.kind = ActivationKind::relu,
                      .a = config_.negative_slope,
                      .b = config_.max_value.value_or(std::numeric_limits<double>::infinity()),
                      .c = config_.threshold};
}

template class ops::ActivationLayer<ReLU, ReLUConfig>;

}  // namespace rhyton
