#include "layers/preprocessing/solarization.hpp"

namespace rhyton {

Solarization::Solarization(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.addition_factor = ops::resolve_factor(*this, config_.addition_factor, "addition_factor", 0, 1);
  config_.threshold_factor = ops::resolve_factor(*this, config_.threshold_factor, "threshold_factor", 0, 1);
}

}  // namespace rhyton
