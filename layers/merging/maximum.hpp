#pragma once
/// @file maximum.hpp  keras.layers.Maximum
#include "nn/ops/merge_op.hpp"

namespace rhyton {

struct MaximumConfig {
  RHYTON_NO_ARGUMENTS
};

/// max(x0, x1, ...); elements that a mask leaves out do not count. Takes two or more inputs, broadcast to one
/// shape.
class Maximum final : public ops::MergeLayer<Maximum, MaximumConfig> {
 public:
  static constexpr const char* keras_name = "Maximum";
  explicit Maximum(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};
extern template class ops::MergeLayer<Maximum, MaximumConfig>;

}  // namespace rhyton
