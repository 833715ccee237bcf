#include "layers/core/masking.hpp"

#include <algorithm>

namespace rhyton {

namespace {

/// Calls `f(step, is_masked)` for every step of `x`.
template <class T, class F>
void for_steps(ConstView x, double mask_value, F&& f) {
  const Dim width = x.shape()[-1];
  const T value = static_cast<T>(mask_value);
  for (Dim step = 0; step < x.size() / std::max<Dim>(width, 1); ++step) {
    const T* features = x.data<T>() + step * width;
    f(step, std::all_of(features, features + width, [value](T v) { return v == value; }));
  }
}

/// Steps of `from` where x is not masked, zeros elsewhere.
template <class T>
void keep_steps(ConstView x, double mask_value, ConstView from, View to) {
  const Dim width = x.shape()[-1];
  for_steps<T>(x, mask_value, [&](Dim step, bool masked) {
    T* out = to.data<T>() + step * width;
    masked ? std::fill_n(out, width, T(0)) : std::copy_n(from.data<T>() + step * width, width, out);
  });
}

}  // namespace

Masking::Masking(Config config) : LayerOf(std::move(config)) {}

Shapes Masking::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 2);
  return input_shapes;
}

std::optional<Shape> Masking::mask_shape(const CallSpec& spec, int) const {
  return spec.shape().slice(0, -1);
}

void Masking::compute_mask(Call& c) const {
  bool* mask = c.output_mask().data<bool>();
  dispatch_real(c.real(), [&]<class T>(T) {
    for_steps<T>(c.input(), config_.mask_value, [&](Dim step, bool masked) { mask[step] = !masked; });
  });
}

void Masking::prepare(Prepare& p) const { p.backward_reads(true, false); }

void Masking::call(Call& c) const {
  dispatch_real(c.real(),
                [&]<class T>(T) { keep_steps<T>(c.input(), config_.mask_value, c.input(), c.output()); });
}

void Masking::backward(Backward& b) const {
  if (!b.dx()) return;
  dispatch_real(b.real(), [&]<class T>(T) { keep_steps<T>(b.input(), config_.mask_value, b.dy(), b.dx()); });
}

}  // namespace rhyton
