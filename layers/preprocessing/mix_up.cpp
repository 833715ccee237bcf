#include "layers/preprocessing/mix_up.hpp"

namespace rhyton {

MixUp::MixUp(Config config) : InferenceOnlyImageLayer(std::move(config)) {}

}  // namespace rhyton
