#pragma once
/// @file cut_mix.hpp  keras.layers.CutMix
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct CutMixConfig {
  Factor factor = 1.0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("factor", factor)("seed", seed)("data_format", data_format);
  }
};

/// Puts parts of images into others (Yun et al., 2019). Outside training the identity; training is not
/// supported.
class CutMix final : public ops::InferenceOnlyImageLayer<CutMix, CutMixConfig> {
 public:
  static constexpr const char* keras_name = "CutMix";
  explicit CutMix(Config config = {});
};

}  // namespace rhyton
