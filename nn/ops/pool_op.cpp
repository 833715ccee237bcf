#include <algorithm>

#include "nn/ops/pool_layer.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

void prepare_pool(Prepare& p, PoolDesc desc) {
  desc.options = p.options();
  desc.options.training = p.wants_gradient();
  auto kernel = make_pool(desc);
  p.save({static_cast<Dim>(kernel->argmax_bytes())}, DType::uint8);
  p.keep(std::move(kernel));
  p.backward_reads(false, false);
}

void check_row_mask(const Layer& layer, const Window& window, const CallSpec& spec) {
  const Dim mask = (*spec.masks[0])[1], steps = spec.shape()[window.channels_first ? 2 : 1];
  if (mask < 0 || steps < 0 || mask == steps || mask == 1 || steps == 1) return;
  raise<ValueError>("{}: a mask of {} does not fit {} steps. Received: shape {} with a mask of shape {}.",
                    layer.label(), mask, steps, to_string(spec.shape()), to_string(*spec.masks[0]));
}

bool broadcasts_mask(const Window& window, const StepContext& c) {
  return c.mask() && c.mask().shape()[1] != c.input().shape()[window.channels_first ? 2 : 1];
}

namespace {

/// f(row of x and of y, weight of step i in its mean), for the rows and steps of x (batch, channels, steps).
template <class T, class F>
void for_weights(const Shape& x, ConstView mask, F&& f) {
  const Dim length = mask.shape()[1];
  for (Dim row = 0; row < x[0] * x[1]; ++row) {
    const bool* m = mask.data<bool>() + row / x[1] * length;
    const T count = static_cast<T>(std::count(m, m + length, true));
    for (Dim i = 0; i < x[2]; ++i) f(row, i, (x[2] == 1 ? count : m[0] ? T(1) : T(0)) / count);
  }
}

}  // namespace

void broadcast_mean(Call& c) {
  fill(c.output(), 0.0);
  dispatch_real(c.real(), [&]<class T>(T) {
    const Shape x = c.input().shape();
    for_weights<T>(x, c.mask(), [&](Dim row, Dim i, T weight) {
      c.output().data<T>()[row] += weight * c.input().data<T>()[row * x[2] + i];
    });
  });
}

void broadcast_mean_backward(Backward& b) {
  dispatch_real(b.real(), [&]<class T>(T) {
    const Shape x = b.input().shape();
    for_weights<T>(x, b.mask(), [&](Dim row, Dim i, T weight) {
      b.dx().data<T>()[row * x[2] + i] = weight * b.dy().data<T>()[row];
    });
  });
}

void call_pool(Call& c) { c.kernel<PoolKernel>().forward(c.input(), c.output(), c.saved().raw()); }

void backward_pool(Backward& b) { b.kernel<PoolKernel>().backward(b.dy(), b.saved().raw(), b.dx()); }

}  // namespace rhyton::ops
