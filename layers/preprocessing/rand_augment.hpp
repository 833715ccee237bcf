#pragma once
/// @file rand_augment.hpp  keras.layers.RandAugment
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandAugmentConfig {
  Factor value_range = {0, 255};
  std::int64_t num_ops = 2;
  Factor factor = 0.5;
  std::string interpolation = "bilinear";
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("value_range", value_range)("num_ops", num_ops)("factor", factor)("interpolation", interpolation)(
        "seed", seed)("data_format", data_format);
  }
};

/// Random operations one after the other (Cubuk et al., 2019). Outside training the identity; training is not
/// supported.
class RandAugment final : public ops::InferenceOnlyImageLayer<RandAugment, RandAugmentConfig> {
 public:
  static constexpr const char* keras_name = "RandAugment";
  explicit RandAugment(Config config = {});
};

}  // namespace rhyton
