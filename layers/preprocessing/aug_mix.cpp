#include "layers/preprocessing/aug_mix.hpp"

namespace rhyton {

AugMix::AugMix(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

}  // namespace rhyton
