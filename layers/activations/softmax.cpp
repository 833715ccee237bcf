#include "layers/activations/softmax.hpp"

#include <algorithm>

#include "nn/kernels/broadcast.hpp"
#include "nn/ops/shape_op.hpp"

namespace rhyton {

namespace {

// Keras's stand-in for minus infinity.
constexpr double masked_logit = -1e9;

/// The mask's shape, 1 where it is broadcast, with x's rank.
Shape aligned(const Shape& mask, int rank) {
  Shape out;
  for (int i = mask.rank(); i < rank; ++i) out.push_back(1);
  return out.concat(mask);
}

/// The last `count` dimensions as one.
Shape merged(const Shape& shape, std::size_t count) {
  const int first = shape.rank() - static_cast<int>(count);
  Shape out = shape.slice(0, first);
  out.push_back(shape.product(first, shape.rank()));
  return out;
}

}  // namespace

Softmax::Softmax(Config config) : LayerOf(std::move(config)) {
  if (config_.axis.values.empty()) fail("`axis` must name at least one axis. Received: axis=[].");
}

std::vector<TensorSpec> Softmax::compute_output_spec(const CallSpec& spec) const {
  const Shapes inputs = spec.shapes();
  expect_min_rank(inputs, 1);
  Shape used;
  for (const std::int64_t axis : config_.axis.values) {
    const int at = normalize_axis(axis, inputs[0].rank(), label() + ": `axis`");
    if (std::count(used.begin(), used.end(), at)) fail("`axis` names axis {} twice.", at);
    used.push_back(at);
  }
  if (spec.masked()) {
    const Shape mask = aligned(*spec.masks[0], inputs[0].rank());
    bool fits = spec.masks[0]->rank() <= inputs[0].rank();
    for (int i = 0; fits && i < mask.rank(); ++i)
      fits = mask[i] == 1 || mask[i] < 0 || inputs[0][i] < 0 || mask[i] == inputs[0][i];
    if (!fits)
      fail("the mask must be broadcastable to the input. Received: inputs.shape={}, mask.shape={}.",
           to_string(inputs[0]), to_string(*spec.masks[0]));
  }
  return Layer::compute_output_spec(spec);
}

Shape Softmax::order(int rank) const {
  const auto& axes = config_.axis.values;
  if (axes.size() == 1) return {};
  Shape last, out;
  for (const std::int64_t axis : axes) last.push_back(axis < 0 ? axis + rank : axis);
  for (int i = 0; i < rank; ++i)
    if (!std::count(last.begin(), last.end(), i)) out.push_back(i);
  Shape sorted = last;
  std::sort(const_cast<Dim*>(sorted.begin()), const_cast<Dim*>(sorted.end()));
  out = out.concat(sorted);
  for (int i = 0; i < rank; ++i)
    if (out[i] != i) return out;
  return {};
}

ActivationSpec Softmax::function() const {
  const auto& axes = config_.axis.values;
  return {.kind = ActivationKind::softmax, .axis = axes.size() == 1 ? static_cast<int>(axes[0]) : -1};
}

void Softmax::prepare(Prepare& p) const {
  p.backward_reads(false, true);
  p.in_place();
  p.gradient_in_place();
  if (!order(p.input().shape.rank()).empty())
    p.scratch(2 * static_cast<std::size_t>(p.input().shape.size()) * size_of(p.input().dtype));
}

void Softmax::call(Call& c) const {
  const View y = c.output();
  ConstView x = c.input();
  ConstView mask = c.mask();
  if (mask) {
    mask = mask.reshaped(aligned(mask.shape(), x.shape().rank()));
    where_mask(mask, x, masked_logit, y);
    x = y;
  }
  const ActivationSpec f = function();
  const auto count = config_.axis.values.size();
  if (const Shape moved = order(x.shape().rank()); !moved.empty()) {
    const View last(c.scratch(), ops::permuted(x.shape(), moved), x.dtype());
    transpose(x, moved, last);
    const View flat = last.reshaped(merged(last.shape(), count));
    activation_forward(f, flat, flat);
    transpose(last, ops::inverse(moved), y);
  } else if (count == 1) {
    activation_forward(f, x, y);
  } else {
    const Shape flat = merged(x.shape(), count);
    activation_forward(f, x.reshaped(flat), y.reshaped(flat));
  }
  if (mask) where_mask(mask, y, 0.0, y);
}

// Masked outputs are 0, and the gradient is a multiple of the output: no mask is needed here.
void Softmax::backward(Backward& b) const {
  const ConstView y = b.output();
  const Shape& shape = y.shape();
  const ActivationSpec f = function();
  const auto count = config_.axis.values.size();
  if (const Shape moved = order(shape.rank()); !moved.empty()) {
    const Shape inner = ops::permuted(shape, moved), flat = merged(inner, count);
    const View y_last(b.scratch(), inner, y.dtype());
    const View d_last(static_cast<char*>(b.scratch()) + y.bytes(), inner, y.dtype());
    transpose(y, moved, y_last);
    transpose(b.dy(), moved, d_last);
    activation_backward(f, {}, y_last.reshaped(flat), d_last.reshaped(flat), d_last.reshaped(flat));
    transpose(d_last, ops::inverse(moved), b.dx());
  } else if (count == 1) {
    activation_backward(f, {}, y, b.dy(), b.dx());
  } else {
    const Shape flat = merged(shape, count);
    activation_backward(f, {}, y.reshaped(flat), b.dy().reshaped(flat), b.dx().reshaped(flat));
  }
}

Traits Softmax::traits(const CallSpec& spec) const {
  if (config_.axis.values.size() > 1 || spec.masked()) return {};
  return ActivationTraits{function()};
}

}  // namespace rhyton
