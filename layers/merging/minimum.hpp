#pragma once
/// @file minimum.hpp  keras.layers.Minimum
#include "nn/ops/merge_op.hpp"

namespace rhyton {

struct MinimumConfig {
  RHYTON_NO_ARGUMENTS
};

/// min(x0, x1, ...); elements that a mask leaves out do not count. Takes two or more inputs, broadcast to one
/// shape.
class Minimum final : public ops::MergeLayer<Minimum, MinimumConfig> {
 public:
  static constexpr const char* keras_name = "Minimum";
  explicit Minimum(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};
extern template class ops::MergeLayer<Minimum, MinimumConfig>;

}  // namespace rhyton
