#pragma once
/// @file aug_mix.hpp  keras.layers.AugMix
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct AugMixConfig {
  Factor value_range = {0, 255};
  std::int64_t num_chains = 3;
  std::int64_t chain_depth = 3;
  Factor factor = 0.3;
  Number alpha = 1.0;
  bool all_ops = true;
  std::string interpolation = "bilinear";
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("value_range", value_range)("num_chains", num_chains)("chain_depth", chain_depth)("factor", factor)(
        "alpha", alpha)("all_ops", all_ops)("interpolation", interpolation)("seed", seed)("data_format",
                                                                                          data_format);
  }
};

/// Mixes chains of random operations (Hendrycks et al., 2020). Outside training the identity; training is not
/// supported.
class AugMix final : public ops::InferenceOnlyImageLayer<AugMix, AugMixConfig> {
 public:
  static constexpr const char* keras_name = "AugMix";
  explicit AugMix(Config config = {});
};

}  // namespace rhyton
