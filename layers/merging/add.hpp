#pragma once
/// @file add.hpp  keras.layers.Add
#include "nn/ops/merge_op.hpp"

namespace rhyton {

struct AddConfig {
  RHYTON_NO_ARGUMENTS
};

/// x0 + x1 + .... Takes two or more inputs, broadcast to one shape.
class Add final : public ops::MergeLayer<Add, AddConfig> {
 public:
  static constexpr const char* keras_name = "Add";
  explicit Add(Config config = {});

  Traits traits(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};
extern template class ops::MergeLayer<Add, AddConfig>;

}  // namespace rhyton
