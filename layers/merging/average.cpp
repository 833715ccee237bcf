#include "layers/merging/average.hpp"

namespace rhyton {

Average::Average(Config config) : MergeLayer(std::move(config)) {}
std::vector<TensorSpec> Average::compute_output_spec(const CallSpec& spec) const {
  TensorSpec y = MergeLayer::compute_output_spec(spec)[0];
  if (!is_floating(y.dtype)) y.dtype = DType::float32;
  return {y};
}

void Average::prepare(Prepare& p) const { ops::prepare_sum(p); }
void Average::call(Call& c) const { ops::call_sum(c, BinaryOp::add, 1.0 / c.inputs()); }
void Average::backward(Backward& b) const { ops::backward_sum(b, BinaryOp::add, 1.0 / b.inputs()); }

template class ops::MergeLayer<Average, AverageConfig>;

}  // namespace rhyton
