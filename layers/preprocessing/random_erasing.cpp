#include "layers/preprocessing/random_erasing.hpp"

namespace rhyton {

RandomErasing::RandomErasing(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  config_.scale = ops::resolve_factor(*this, config_.scale, "scale", 0, 1);
}

}  // namespace rhyton
