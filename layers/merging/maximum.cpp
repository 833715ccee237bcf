#include "layers/merging/maximum.hpp"

namespace rhyton {

Maximum::Maximum(Config config) : MergeLayer(std::move(config)) {}
Shapes Maximum::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_extreme(*this, input_shapes);
  return MergeLayer::compute_output_shape(input_shapes);
}

void Maximum::prepare(Prepare& p) const { ops::prepare_extreme(p); }
void Maximum::call(Call& c) const { ops::call_extreme(c, true); }
void Maximum::backward(Backward& b) const { ops::backward_extreme(b); }

template class ops::MergeLayer<Maximum, MaximumConfig>;

}  // namespace rhyton
