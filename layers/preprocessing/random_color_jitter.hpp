#pragma once
/// @file random_color_jitter.hpp  keras.layers.RandomColorJitter
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct RandomColorJitterConfig {
  Factor value_range = {0, 255};
  std::optional<Factor> brightness_factor = {};
  std::optional<Factor> contrast_factor = {};
  std::optional<Factor> saturation_factor = {};
  std::optional<Factor> hue_factor = {};
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("value_range", value_range)("brightness_factor", brightness_factor)("contrast_factor", contrast_factor)(
        "saturation_factor", saturation_factor)("hue_factor", hue_factor)("seed", seed)("data_format",
                                                                                        data_format);
  }
};

/// RandomBrightness, RandomContrast, RandomSaturation and RandomHue in this order, those that have a factor.
/// Outside training the identity.
class RandomColorJitter final : public ops::RandomImageLayer<RandomColorJitter, RandomColorJitterConfig> {
 public:
  static constexpr const char* keras_name = "RandomColorJitter";
  explicit RandomColorJitter(Config config = {});

  bool is_composite() const override { return true; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const override;

 private:
  std::vector<LayerRef> parts_;
};

}  // namespace rhyton
