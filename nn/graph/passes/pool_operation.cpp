#include "nn/graph/passes/pool_operation.hpp"

namespace rhyton::detail {

std::vector<TensorSpec> PoolOperation::compute_output_spec(const CallSpec& spec) const {
  Shape y{desc.batch};
  if (desc.channels_first) y.push_back(desc.channels);
  for (int i = 0; i < desc.rank; ++i) y.push_back(desc.out[static_cast<std::size_t>(i)]);
  if (!desc.channels_first) y.push_back(desc.channels);
  return {{y, spec.inputs[0].dtype}};
}

void PoolOperation::prepare(Prepare& p) const {
  PoolDesc planned = desc;
  planned.options = p.options();
  planned.options.training = p.wants_gradient();
  auto kernel = make_pool(planned);
  p.save({static_cast<Dim>(kernel->argmax_bytes())}, DType::uint8);
  p.keep(std::move(kernel));
  p.backward_reads(false, false);
}

void PoolOperation::call(Call& c) const {
  c.kernel<PoolKernel>().forward(c.input(), c.output(), c.saved().raw());
}

void PoolOperation::backward(Backward& b) const {
  b.kernel<PoolKernel>().backward(b.dy(), b.saved().raw(), b.dx());
}

}  // namespace rhyton::detail
