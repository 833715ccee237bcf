#include "layers/preprocessing/random_shear.hpp"

namespace rhyton {

RandomShear::RandomShear(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.x_factor = ops::resolve_factor(*this, config_.x_factor, "x_factor", -1, 1);
  config_.y_factor = ops::resolve_factor(*this, config_.y_factor, "y_factor", -1, 1);
}

}  // namespace rhyton
