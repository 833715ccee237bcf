#include "layers/preprocessing/random_grayscale.hpp"

namespace rhyton {

RandomGrayscale::RandomGrayscale(Config config) : InferenceOnlyImageLayer(std::move(config)) {}

}  // namespace rhyton
