#pragma once
/// @file concatenate.hpp  keras.layers.Concatenate
#include "nn/layer.hpp"
#include "nn/uniform_inputs.hpp"

namespace rhyton {

struct ConcatenateConfig {
  std::int64_t axis = -1;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("axis", axis); }
};

/// Puts its inputs behind one another along `axis`; their other dimensions are the same. The output carries a
/// mask if any input does: features that are masked in all of what was joined.
class Concatenate final : public LayerOf<Concatenate, ConcatenateConfig>, public UniformInputs {
 public:
  static constexpr const char* keras_name = "Concatenate";
  explicit Concatenate(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }
  MaskRule mask_rule(const CallSpec& spec) const override;
  std::optional<Shape> mask_shape(const CallSpec& spec, int output) const override;
  void compute_mask(Call& c) const override;
  MaskGraph mask_graph() const override { return {.makes = MaskGraph::Makes::concatenated}; }

 private:
  int axis(int rank) const;
};

}  // namespace rhyton
