#include "nn/ops/random_layer.hpp"

namespace rhyton::ops {

void check_drop_shape(const Layer& layer, const NoiseShape& noise) {
  if (!noise) return;
  for (const Dim d : *noise)
    if (d == 0 || d < unknown)
      throw ValueError(layer.label() + ": `noise_shape` must hold positive sizes, or None for the input's. " +
                       "Received: noise_shape=" + to_string(*noise) + ".");
}

Shape resolve_noise_shape(const Layer& layer, const NoiseShape& noise, const Shape& x) {
  if (!noise) return x;
  Shape out = *noise;
  bool fits = out.rank() == x.rank();
  for (int i = 0; fits && i < x.rank(); ++i) {
    if (out[i] < 0) out[i] = x[i];
    fits = out[i] == 1 || x[i] < 0 || out[i] == x[i];
  }
  if (!fits)
    throw ValueError(layer.label() + ": `noise_shape` must be broadcastable to the input. Received: " +
                     "noise_shape=" + to_string(*noise) + ", input shape " + to_string(x) + ".");
  return out;
}

void prepare_drop(Prepare& p, const Shape& noise, double rate) {
  if (!p.training() || rate == 0.0) return p.alias();
  p.backward_reads(false, false);
  p.in_place();
  p.gradient_in_place();
  p.save(noise, DType::boolean);
  if (!p.wants_gradient()) p.scratch(static_cast<std::size_t>(noise.size()));
}

void call_drop(Call& c, const Drop& drop, const Shape& noise, Rng rng) {
  const View keep = c.wants_gradient() ? c.saved() : View(c.scratch(), noise, DType::boolean);
  draw_keep(rng, drop.rate, keep);
  keep_or(keep, c.input(), drop.scale, drop.shift, drop.value, c.output());
}

void backward_drop(Backward& b, const Drop& drop) {
  keep_or(b.saved(), b.dy(), drop.scale, 0.0, 0.0, b.dx());
}

}  // namespace rhyton::ops
