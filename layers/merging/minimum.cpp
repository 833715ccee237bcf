#include "layers/merging/minimum.hpp"

namespace rhyton {

Minimum::Minimum(Config config) : MergeLayer(std::move(config)) {}
Shapes Minimum::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_extreme(*this, input_shapes);
  return MergeLayer::compute_output_shape(input_shapes);
}

void Minimum::prepare(Prepare& p) const { ops::prepare_extreme(p); }
void Minimum::call(Call& c) const { ops::call_extreme(c, false); }
void Minimum::backward(Backward& b) const { ops::backward_extreme(b); }

template class ops::MergeLayer<Minimum, MinimumConfig>;

}  // namespace rhyton
