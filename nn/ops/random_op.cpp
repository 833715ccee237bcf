#include "nn/ops/random_op.hpp"

#include "nn/raise.hpp"

namespace rhyton::ops {

void check_rate(const Layer& layer, const char* argument, double value) {
  if (!(value >= 0.0 && value <= 1.0))
    raise<ValueError>("{}: `{}` must be a number from 0 to 1. Received: {}={}.", layer.label(), argument,
                      argument, value);
}

void check_noise_shape(const Layer& layer, const NoiseShape& noise) {
  if (!noise) return;
  for (const Dim d : *noise)
    if (d == 0 || d < unknown)
      raise<ValueError>(
          "{}: `noise_shape` must hold positive sizes, or None for the input's. Received: noise_shape={}.",
          layer.label(), to_string(*noise));
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
    raise<ValueError>(
        "{}: `noise_shape` must be broadcastable to the input. Received: noise_shape={}, input shape {}.",
        layer.label(), to_string(*noise), to_string(x));
  return out;
}

Drop plain_drop(double rate) { return {.rate = rate, .scale = rate < 1.0 ? 1.0 / (1.0 - rate) : 0.0}; }

void prepare_drop(Prepare& p, const Shape& noise) {
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

void prepare_noise(Prepare& p, const Noise& noise) {
  if (!p.training() || noise.stddev == 0.0) return p.alias();
  p.backward_reads(false, false);
  p.gradient_in_place();
  if (noise.multiply) p.save(p.input().shape, p.input().dtype);
}

void call_noise(Call& c, const Noise& noise, Rng rng) {
  const ConstView x = c.input();
  const View y = c.output();
  rng.fill_normal(y, noise.mean, noise.stddev);
  if (noise.multiply && c.wants_gradient()) copy(y, c.saved());
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim i = 0; i < x.size(); ++i)
      y.data<T>()[i] = noise.multiply ? x.data<T>()[i] * y.data<T>()[i] : x.data<T>()[i] + y.data<T>()[i];
  });
}

void backward_noise(Backward& b, const Noise& noise) {
  const ConstView dy = b.dy();
  const View dx = b.dx();
  if (!noise.multiply) {
    if (dx.raw() != dy.raw()) copy(dy, dx);
    return;
  }
  const ConstView factors = b.saved();
  dispatch_real(b.real(), [&]<class T>(T) {
    for (Dim i = 0; i < dx.size(); ++i) dx.data<T>()[i] = dy.data<T>()[i] * factors.data<T>()[i];
  });
}

}  // namespace rhyton::ops
