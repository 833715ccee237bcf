#include "layers/preprocessing/random_color_jitter.hpp"

namespace rhyton {

RandomColorJitter::RandomColorJitter(Config config) : InferenceOnlyImageLayer(std::move(config)) {}

}  // namespace rhyton
