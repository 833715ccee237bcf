#pragma once
/// @file softmax.hpp  keras.layers.Softmax
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct SoftmaxConfig {
  /// One axis, or several over which the outputs sum to 1 together.
  AxisList axis = -1;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("axis", axis); }
};

/// exp(x) / sum(exp(x)) along the axes; where a mask (broadcast to x) is false the output is 0.
class Softmax final : public LayerOf<Softmax, SoftmaxConfig> {
 public:
  static constexpr const char* keras_name = "Softmax";
  explicit Softmax(Config config = {});

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::single}; }
  Traits traits(const CallSpec& spec) const override;

 private:
  /// x's axes in the order that puts the softmax's last; empty if they are there already, or are one.
  Shape order(int rank) const;
  ActivationSpec function() const;
};

}  // namespace rhyton
