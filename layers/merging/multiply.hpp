#pragma once
/// @file multiply.hpp  keras.layers.Multiply
#include "nn/late_masks.hpp"
#include "nn/ops/merge_op.hpp"

namespace rhyton {

struct MultiplyConfig {
  RHYTON_NO_ARGUMENTS
};

/// x0 x1 ...; where a mask leaves an element out it counts as 1, where all do the output is 0. Takes two or
/// more inputs, broadcast to one shape.
class Multiply final : public ops::MergeLayer<Multiply, MultiplyConfig>, public LateMasks {
 public:
  static constexpr const char* keras_name = "Multiply";
  explicit Multiply(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};
extern template class ops::MergeLayer<Multiply, MultiplyConfig>;

}  // namespace rhyton
