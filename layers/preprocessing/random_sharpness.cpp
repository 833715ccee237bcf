#include "layers/preprocessing/random_sharpness.hpp"

namespace rhyton {

RandomSharpness::RandomSharpness(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

}  // namespace rhyton
