#include "nn/graph/passes/operations.hpp"

#include "nn/ops/activation_op.hpp"
#include "nn/ops/dense_op.hpp"

namespace rhyton::detail {

void ActivationOperation::prepare(Prepare& p) const { ops::prepare_activation(p, f_); }
void ActivationOperation::call(Call& c) const { ops::call_activation(c, f_); }
void ActivationOperation::backward(Backward& b) const { ops::backward_activation(b, f_); }

std::vector<TensorSpec> DenseOperation::compute_output_spec(const CallSpec& spec) const {
  TensorSpec y = spec.inputs[0];
  y.shape[-1] = traits_.units;
  return {y};
}
void DenseOperation::prepare(Prepare& p) const { ops::prepare_dense(p, traits_.kernel, f_, traits_.bias); }
void DenseOperation::call(Call& c) const { ops::call_dense(c, traits_.kernel, f_, traits_.bias); }
void DenseOperation::backward(Backward& b) const { ops::backward_dense(b, traits_.kernel, f_, traits_.bias); }
double DenseOperation::flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const {
  return ops::dense_flops(spec, outputs);
}

bool is_frozen(const Step& step) {
  const auto* layer = dynamic_cast<const Layer*>(step.op.get());
  return step.frozen || (layer && !layer->trainable());
}

}  // namespace rhyton::detail
