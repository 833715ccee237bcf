#include "layers/preprocessing/random_hue.hpp"

namespace rhyton {

RandomHue::RandomHue(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

}  // namespace rhyton
