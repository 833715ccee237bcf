#include "layers/preprocessing/cut_mix.hpp"

namespace rhyton {

CutMix::CutMix(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

}  // namespace rhyton
