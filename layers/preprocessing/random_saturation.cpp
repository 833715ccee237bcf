#include "layers/preprocessing/random_saturation.hpp"

namespace rhyton {

RandomSaturation::RandomSaturation(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", -1, 1);
}

}  // namespace rhyton
