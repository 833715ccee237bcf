#include "nn/ops/dense_op.hpp"

namespace rhyton::ops {

void prepare_dense(Prepare& p, int kernel, const ActivationFn& f, int bias) {
  const Shape w = p.weight_shape(kernel);
  const Shape& x = p.input().shape;
  prepare_dense(p, kernel, f, bias, {x.product(0, x.rank() - 1), w[0], w[1]});
}

void prepare_dense(Prepare& p, int kernel, const ActivationFn& f, int bias, const DenseSizes& sizes) {
  const Activated activated(f);
  DenseDesc desc;
  desc.rows = sizes.rows;
  desc.inputs = sizes.inputs;
  desc.units = sizes.units;
  desc.bias = bias >= 0;
  desc.activation = activated.fused(p.wants_gradient());
  desc.options = p.options();
  auto product = make_dense(desc);
  if (product->streams()) p.streams_gradient(kernel);
  p.keep(std::move(product));
  activated.prepare(p, true);
}

void call_dense(Call& c, int kernel, const ActivationFn& f, int bias) {
  const Activated activated(f);
  c.kernel<DenseKernel>().forward(c.input(), c.weight(kernel), c.weight(bias), activated.target(c));
  activated.finish(c);
}

void backward_dense(Backward& b, int kernel, const ActivationFn& f, int bias) {
  const ConstView dz = Activated(f).dz(b);
  b.kernel<DenseKernel>().backward(b.input(), b.weight(kernel), dz, b.dx(), b.gradient(kernel),
                                   b.gradient(bias));
}

double dense_flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) {
  return 2.0 * static_cast<double>(outputs[0].shape.size()) * static_cast<double>(spec.shape()[-1]);
}

}  // namespace rhyton::ops
