#pragma once
/// @file mix_up.hpp  keras.layers.MixUp
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct MixUpConfig {
  Number alpha = 0.2;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("alpha", alpha)("seed", seed)("data_format", data_format);
  }
};

/// Mixes pairs of images (Zhang et al., 2018). Outside training the identity; training is not supported.
class MixUp final : public ops::InferenceOnlyImageLayer<MixUp, MixUpConfig> {
 public:
  static constexpr const char* keras_name = "MixUp";
  explicit MixUp(Config config = {});
};

}  // namespace rhyton
