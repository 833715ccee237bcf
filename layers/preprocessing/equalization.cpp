#include "layers/preprocessing/equalization.hpp"

namespace rhyton {

Equalization::Equalization(Config config) : InferenceOnlyImageLayer(std::move(config)) {}

}  // namespace rhyton
