#include "nn/graph/passes/conv_pool_operation.hpp"

#include "nn/kernels/conv_pool.hpp"

namespace rhyton::detail {

std::vector<TensorSpec> ConvPoolOperation::compute_output_spec(const CallSpec& spec) const {
  TensorSpec y = conv_.compute_output_spec(spec)[0];
  y.shape[1] /= 2;
  y.shape[2] /= 2;
  return {y};
}

void ConvPoolOperation::prepare(Prepare& p) const {
  auto kernel = make_conv_pool({conv_.planned(p)});
  p.save({static_cast<Dim>(kernel->argmax_bytes())}, DType::uint8);
  p.keep(std::move(kernel));
  conv_.keep_folded(p);
  p.backward_reads(true, !conv_.activation.is_linear());
}

void ConvPoolOperation::call(Call& c) const {
  const auto [w, b] = conv_.weights(c);
  c.kernel<ConvPoolKernel>().forward(c.input(), w, b, c.output(), c.saved().raw());
}

void ConvPoolOperation::backward(Backward& b) const {
  b.kernel<ConvPoolKernel>().backward(b.input(), b.weight(conv_.conv.kernel), b.output(), b.dy(),
                                      b.saved().raw(), b.dx(), b.gradient(conv_.conv.kernel),
                                      b.gradient(conv_.conv.bias));
}

double ConvPoolOperation::flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const {
  return conv_.flops(spec, outputs);
}

}  // namespace rhyton::detail
