#include "layers/preprocessing/random_gaussian_blur.hpp"

namespace rhyton {

RandomGaussianBlur::RandomGaussianBlur(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  config_.sigma = ops::resolve_factor(*this, config_.sigma, "sigma", 0, 1);
}

}  // namespace rhyton
