#pragma once
/// @file equalization.hpp  keras.layers.Equalization
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct EqualizationConfig {
  Factor value_range = {0, 255};
  std::int64_t bins = 256;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("value_range", value_range)("bins", bins)("data_format", data_format); }
};

/// In training, spreads the values of every channel evenly: by the histogram, in `bins` classes, of the
/// channel in all images of the batch. Outside training the identity.
class Equalization final : public ops::RandomImageLayer<Equalization, EqualizationConfig> {
 public:
  static constexpr const char* keras_name = "Equalization";
  explicit Equalization(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
