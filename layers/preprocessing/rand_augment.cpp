#include "layers/preprocessing/rand_augment.hpp"

namespace rhyton {

RandAugment::RandAugment(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

}  // namespace rhyton
