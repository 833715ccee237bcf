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

  void fields(ConfigFields& f) {
    f("value_range", value_range)("num_ops", num_ops)("factor", factor)("interpolation", interpolation)(
        "seed", seed)("data_format", data_format);
  }
};

/// In training, `num_ops` random image layers one after the other, the same for all images (Cubuk et al.,
/// 2019). Outside training the identity.
class RandAugment final : public ops::RandomImageLayer<RandAugment, RandAugmentConfig> {
 public:
  static constexpr const char* keras_name = "RandAugment";
  explicit RandAugment(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  std::vector<LayerRef> layers_;
};

}  // namespace rhyton
