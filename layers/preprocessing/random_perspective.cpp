#include "layers/preprocessing/random_perspective.hpp"

namespace rhyton {

RandomPerspective::RandomPerspective(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

}  // namespace rhyton
