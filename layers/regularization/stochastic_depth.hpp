#pragma once
/// @file stochastic_depth.hpp  StochasticDepth of keras.applications.convnext
#include "nn/ops/noise_op.hpp"

namespace rhyton {

struct StochasticDepthConfig {
  double drop_path_rate = 0.0;
  RHYTON_LAYER_ARGUMENTS;

  template <class F>
  void fields(F& f) {
    f.required("drop_path_rate", drop_path_rate);
  }
};

/// Dropout of whole samples in training (Huang et al., 2016). The shape stays.
class StochasticDepth final : public LayerOf<StochasticDepth, StochasticDepthConfig> {
 public:
  static constexpr const char* keras_name = "StochasticDepth";
  explicit StochasticDepth(Config config);

  std::string keras_module() const override { return "keras.src.applications.convnext"; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ops::Dropping dropping(int rank) const;
};

}  // namespace rhyton
