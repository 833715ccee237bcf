#pragma once
/// @file stochastic_depth.hpp  StochasticDepth of keras.applications.convnext
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct StochasticDepthConfig {
  double drop_path_rate = 0.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("drop_path_rate", drop_path_rate); }
};

/// Dropout of whole samples in training (Huang et al., 2016). The shape stays.
class StochasticDepth final : public ops::DropLayer<StochasticDepth, StochasticDepthConfig> {
 public:
  static constexpr const char* keras_name = "StochasticDepth";
  explicit StochasticDepth(Config config);

  std::string keras_module() const override { return "keras.src.applications.convnext"; }
  bool supports_masking() const override { return false; }

  ops::Drop drop() const { return ops::plain_drop(config_.drop_path_rate); }
  Shape noise(const Shape& x) const;
};
extern template class ops::DropLayer<StochasticDepth, StochasticDepthConfig>;

}  // namespace rhyton
