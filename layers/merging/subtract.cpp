#include "layers/merging/subtract.hpp"

namespace rhyton {

Subtract::Subtract(Config config) : MergeLayer(std::move(config)) {}
Shapes Subtract::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 2);
  return MergeLayer::compute_output_shape(input_shapes);
}

void Subtract::prepare(Prepare& p) const { ops::prepare_sum(p); }
void Subtract::call(Call& c) const { ops::call_sum(c, BinaryOp::subtract, 1.0); }
void Subtract::backward(Backward& b) const { ops::backward_sum(b, BinaryOp::subtract, 1.0); }

template class ops::MergeLayer<Subtract, SubtractConfig>;

}  // namespace rhyton
