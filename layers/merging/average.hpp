#pragma once
/// @file average.hpp  keras.layers.Average
#include "nn/ops/merge_op.hpp"

namespace rhyton {

struct AverageConfig {
  RHYTON_NO_ARGUMENTS
};

/// (x0 + x1 + ... + x(n-1)) / n. Takes two or more inputs, broadcast to one shape.
class Average final : public ops::MergeLayer<Average, AverageConfig> {
 public:
  static constexpr const char* keras_name = "Average";
  explicit Average(Config config = {});

  /// A real number in any case.
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};
extern template class ops::MergeLayer<Average, AverageConfig>;

}  // namespace rhyton
