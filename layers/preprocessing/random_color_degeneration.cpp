#include "layers/preprocessing/random_color_degeneration.hpp"

namespace rhyton {

RandomColorDegeneration::RandomColorDegeneration(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", -1, 1);
}

}  // namespace rhyton
