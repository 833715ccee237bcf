#pragma once
/// @file subtract.hpp  keras.layers.Subtract
#include "nn/ops/merge_op.hpp"

namespace rhyton {

struct SubtractConfig {
  RHYTON_NO_ARGUMENTS
};

/// x0 - x1. Takes two inputs, broadcast to one shape.
class Subtract final : public ops::MergeLayer<Subtract, SubtractConfig> {
 public:
  static constexpr const char* keras_name = "Subtract";
  explicit Subtract(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};
extern template class ops::MergeLayer<Subtract, SubtractConfig>;

}  // namespace rhyton
