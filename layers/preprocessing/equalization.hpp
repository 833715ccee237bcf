#pragma once
/// @file equalization.hpp  keras.layers.Equalization
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct EqualizationConfig {
  Factor value_range = {0, 255};
  std::int64_t bins = 256;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f("value_range", value_range)("bins", bins)("data_format", data_format);
  }
};

/// Spreads the histograms of channels. Outside training the identity; training is not supported.
class Equalization final : public ops::InferenceOnlyImageLayer<Equalization, EqualizationConfig> {
 public:
  static constexpr const char* keras_name = "Equalization";
  explicit Equalization(Config config = {});
};

}  // namespace rhyton
