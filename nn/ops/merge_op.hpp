#pragma once
/// @file merge_op.hpp  What layers that merge several inputs element by element share.
#include "nn/kernels/broadcast.hpp"
#include "nn/layer.hpp"
#include "nn/uniform_inputs.hpp"

namespace rhyton::ops {

/// The shape to which all inputs are broadcast: the batch aside, as NumPy does it. Throws ValueError, naming
/// the layer, on fewer than two inputs and on shapes that do not fit.
Shape merged_shape(const Layer& layer, const Shapes& inputs);
/// An input's shape with as many dimensions as the result: ones behind the batch.
Shape aligned(const Shape& input, int rank);
/// The type of a sum of all inputs: Keras's promotion. Text is refused, naming the layer.
DType merged_dtype(const Layer& layer, const CallSpec& spec);
/// The mask of an input, one value for all features, with the input's rank; absent without a mask, and where
/// the ranks of the inputs differ.
ConstView feature_mask(const StepContext& c, int i);
/// All inputs carry masks: then so does the output, true where any of them is.
bool all_masked(const CallSpec& spec);
Shape joined_mask_shape(const CallSpec& spec);
void join_masks(Call& c);

/// Base of Add, Multiply, ...: whole numbers stay whole, as in Keras.
template <class Derived, class Config>
class MergeLayer : public LayerOf<Derived, Config>, public UniformInputs {
 public:
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{this->compute_output_shape(spec.shapes())[0], merged_dtype(*this, spec)}};
  }
  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    return {merged_shape(*this, input_shapes)};
  }
  bool supports_masking() const override { return true; }
  MaskRule mask_rule(const CallSpec& spec) const override {
    return all_masked(spec) ? MaskRule::compute : MaskRule::drop;
  }
  std::optional<Shape> mask_shape(const CallSpec& spec, int) const override {
    return joined_mask_shape(spec);
  }
  void compute_mask(Call& c) const override { join_masks(c); }
  MaskGraph mask_graph() const override { return {.makes = MaskGraph::Makes::joined}; }

 protected:
  using LayerOf<Derived, Config>::LayerOf;
};

/// For layers without arguments of their own.
#define RHYTON_NO_ARGUMENTS \
  RHYTON_LAYER_ARGUMENTS;   \
  void fields(ConfigFields&) {}

// Sums with a sign or a scale for each input: y = scale (x0 + sign x1 + ...), sign +1 or -1.
void prepare_sum(Prepare& p);
void call_sum(Call& c, BinaryOp op, double scale);
void backward_sum(Backward& b, BinaryOp op, double scale);

// The element-wise maximum or minimum, of at most 255 inputs.
void check_extreme(const Layer& layer, const Shapes& inputs);
void prepare_extreme(Prepare& p);
void call_extreme(Call& c, bool maximum);
void backward_extreme(Backward& b);

}  // namespace rhyton::ops
