#pragma once
/// @file mix_up.hpp  keras.layers.MixUp
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct MixUpConfig {
  Number alpha = 0.2;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("alpha", alpha)("seed", seed)("data_format", data_format); }
};

/// In training, y = w x + (1 - w) x of another image of the batch, w from a beta distribution with both
/// parameters `alpha` (Zhang et al., 2018). Outside training the identity.
class MixUp final : public ops::RandomPixelLayer<MixUp, MixUpConfig> {
 public:
  static constexpr const char* keras_name = "MixUp";
  static constexpr Dim numbers = 2;
  explicit MixUp(Config config = {});

  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
