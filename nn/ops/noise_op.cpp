#include "nn/ops/noise_op.hpp"

#include <algorithm>

#include "nn/kernels/broadcast_rows.hpp"
#include "nn/rng.hpp"

namespace rhyton::ops {

namespace {

Shape noise_shape(const Dropping& d, const Shape& x) {
  if (!d.noise) return x;
  Shape shape;
  const int missing = x.rank() - d.noise->rank();
  for (int i = 0; i < d.noise->rank(); ++i)
    shape.push_back((*d.noise)[i] < 0 ? x[missing + i] : (*d.noise)[i]);
  return shape;
}

/// y = f(x, kept), `kept` repeated over x's axes.
template <class T, class F>
void for_kept(ConstView x, ConstView kept, View y, F&& f) {
  const T* in = x.data<T>();
  T* out = y.data<T>();
  for_broadcast_rows(x.shape(), kept.shape(), [&](Dim row, Dim from, Dim step, Dim n) {
    const bool* keep = kept.data<bool>() + from;
    if (step == 0)
      for (Dim i = 0; i < n; ++i) out[row + i] = f(in[row + i], keep[0]);
    else
      for (Dim i = 0; i < n; ++i) out[row + i] = f(in[row + i], keep[i]);
  });
}

}  // namespace

Dropping dropout(double rate, std::optional<Shape> noise) {
  return {rate, std::move(noise), rate < 1.0 ? 1.0 / (1.0 - rate) : 0.0};
}

void prepare_dropping(Prepare& p, const Dropping& d) {
  if (!p.training() || d.rate == 0.0) return p.alias();
  const Shape shape = noise_shape(d, p.input().shape);
  broadcast(p.input().shape, shape, "noise_shape");
  p.backward_reads(false, false);
  p.in_place();
  p.gradient_in_place();
  p.save(shape, DType::boolean);
  if (!p.wants_gradient()) p.scratch(static_cast<std::size_t>(shape.size()));
}

void call_dropping(Call& c, const Dropping& d) {
  const View kept =
      c.wants_gradient() ? c.saved() : View(c.scratch(), noise_shape(d, c.input().shape()), DType::boolean);
  draw_kept(c.rng(), d.rate, kept);
  dispatch_real(c.real(), [&]<class T>(T) {
    const T slope = static_cast<T>(d.slope), shift = static_cast<T>(d.shift),
            dropped = static_cast<T>(d.dropped);
    for_kept<T>(c.input(), kept, c.output(),
                [=](T x, bool keep) { return keep ? slope * x + shift : dropped; });
  });
}

void backward_dropping(Backward& b, const Dropping& d) {
  dispatch_real(b.real(), [&]<class T>(T) {
    const T slope = static_cast<T>(d.slope);
    for_kept<T>(b.dy(), b.saved(), b.dx(), [=](T dy, bool keep) { return keep ? slope * dy : T(0); });
  });
}

void prepare_noise(Prepare& p, const Noise& noise) {
  if (!p.training() || noise.stddev == 0.0) return p.alias();
  p.backward_reads(false, false);
  p.gradient_in_place();
  if (noise.multiply) p.save(p.input().shape, p.input().dtype);
}

void call_noise(Call& c, const Noise& noise) {
  const ConstView x = c.input();
  const View y = c.output();
  c.rng().fill_normal(y, noise.mean, noise.stddev);
  if (noise.multiply && c.wants_gradient()) copy(y, c.saved());
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim i = 0; i < x.size(); ++i)
      y.data<T>()[i] = noise.multiply ? x.data<T>()[i] * y.data<T>()[i] : x.data<T>()[i] + y.data<T>()[i];
  });
}

void backward_noise(Backward& b, const Noise& noise) {
  if (!noise.multiply) {
    if (b.dx().raw() != b.dy().raw()) copy(b.dy(), b.dx());
    return;
  }
  dispatch_real(b.real(), [&]<class T>(T) {
    for (Dim i = 0; i < b.dx().size(); ++i)
      b.dx().data<T>()[i] = b.dy().data<T>()[i] * b.saved().data<T>()[i];
  });
}

void check_rate(const Layer& layer, const char* argument, double value) {
  if (!(value >= 0.0 && value <= 1.0))
    throw ValueError(layer.label() + ": `" + argument + "` must lie between 0 and 1. Received: " + argument +
                     "=" + std::to_string(value) + ".");
}

void check_noise_shape(const Layer& layer, const std::optional<Shape>& noise) {
  if (!noise) return;
  for (Dim d : *noise)
    if (d == 0 || d < unknown)
      throw ValueError(layer.label() +
                       ": `noise_shape` must hold positive integers or None. Received: noise_shape=" +
                       to_string(*noise) + ".");
}

void draw_kept(Rng rng, double rate, View kept) {
  constexpr Dim chunk = 1024;
  float uniform[chunk];
  bool* out = kept.data<bool>();
  const float limit = static_cast<float>(rate);
  for (Dim first = 0; first < kept.size(); first += chunk) {
    const Dim n = std::min(chunk, kept.size() - first);
    rng.fill(uniform, static_cast<std::size_t>(n));
    for (Dim i = 0; i < n; ++i) out[first + i] = uniform[i] >= limit;
  }
}

}  // namespace rhyton::ops
