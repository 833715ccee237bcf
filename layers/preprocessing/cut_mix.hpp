#pragma once
/// @file cut_mix.hpp  keras.layers.CutMix
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

struct CutMixConfig {
  Factor factor = 1.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("factor", factor)("seed", seed)("data_format", data_format); }
};

/// In training, puts a box of another image of the batch into every image (Yun et al., 2019). Outside
/// training the identity.
class CutMix final : public ops::RandomPixelLayer<CutMix, CutMixConfig> {
 public:
  static constexpr const char* keras_name = "CutMix";
  static constexpr Dim numbers = 5;
  explicit CutMix(Config config = {});

  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
