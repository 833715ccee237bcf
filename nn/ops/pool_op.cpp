#include "nn/ops/pool_layer.hpp"

namespace rhyton::ops {

void prepare_pool(Prepare& p, PoolDesc desc) {
  desc.options = p.options();
  desc.options.training = p.wants_gradient();
  auto kernel = make_pool(desc);
  p.save({static_cast<Dim>(kernel->argmax_bytes())}, DType::uint8);
  p.keep(std::move(kernel));
  p.backward_reads(false, false);
}

void call_pool(Call& c) { c.kernel<PoolKernel>().forward(c.input(), c.output(), c.saved().raw()); }

void backward_pool(Backward& b) { b.kernel<PoolKernel>().backward(b.dy(), b.saved().raw(), b.dx()); }

}  // namespace rhyton::ops
