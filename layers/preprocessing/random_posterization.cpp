#include "layers/preprocessing/random_posterization.hpp"

namespace rhyton {

RandomPosterization::RandomPosterization(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 1, 8);
}

}  // namespace rhyton
