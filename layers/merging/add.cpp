#include "layers/merging/add.hpp"

namespace rhyton {

Add::Add(Config config) : MergeLayer(std::move(config)) {}
void Add::prepare(Prepare& p) const { ops::prepare_sum(p); }
void Add::call(Call& c) const { ops::call_sum(c, BinaryOp::add, 1.0); }
void Add::backward(Backward& b) const { ops::backward_sum(b, BinaryOp::add, 1.0); }

Traits Add::traits(const CallSpec& spec) const {
  for (const TensorSpec& x : spec.inputs)
    if (x.shape != spec.inputs[0].shape) return {};
  return AddTraits{};
}

template class ops::MergeLayer<Add, AddConfig>;

}  // namespace rhyton
