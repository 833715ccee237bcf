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

  void fields(ConfigFields& f) {
    f("value_range", value_range)("num_chains", num_chains)("chain_depth", chain_depth)("factor", factor)(
        "alpha", alpha)("all_ops", all_ops)("interpolation", interpolation)("seed", seed)("data_format",
                                                                                          data_format);
  }
};

/// In training, mixes images with what chains of random image layers make of them, the same for all images
/// (Hendrycks et al., 2020). Outside training the identity.
class AugMix final : public ops::RandomImageLayer<AugMix, AugMixConfig> {
 public:
  static constexpr const char* keras_name = "AugMix";
  explicit AugMix(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  std::vector<LayerRef> layers_;
};

}  // namespace rhyton
