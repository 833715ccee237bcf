#include "nn/ops/row_norm_op.hpp"

#include <algorithm>
#include <vector>

#include "nn/kernels/box.hpp"
#include "nn/ops/scratch.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

/// The order of axes that has the normalized ones last.
struct Order {
  Order(const AxisList& axes, const Shape& x) {
    const Shape last = sorted_axes(axes, x.rank(), "normalization");
    for (int i = 0; i < x.rank(); ++i)
      if (!std::binary_search(last.begin(), last.end(), i)) forward.push_back(i);
    for (Dim i : last) forward.push_back(i);
    back = forward;
    for (int i = 0; i < x.rank(); ++i) {
      back[static_cast<int>(forward[i])] = i;
      shape.push_back(x[static_cast<int>(forward[i])]);
      plain = plain && forward[i] == i;
    }
    rows = shape.product(0, x.rank() - last.rank());
    size = shape.product(x.rank() - last.rank(), x.rank());
  }

  Shape forward, back, shape;
  Dim rows = 0, size = 0;
  bool plain = true;
};

View in_scratch(void* scratch, std::size_t index, const Shape& shape, DType dtype) {
  const View first(scratch, shape, dtype);
  return View(static_cast<char*>(scratch) + index * padded(first.bytes()), shape, dtype);
}

}  // namespace

void prepare_row_norm(Prepare& p, const RowNorm& norm) {
  const TensorSpec& x = p.input();
  const Order order(norm.axes, x.shape);
  p.keep(make_row_norm({norm.kind, order.rows, order.size, norm.epsilon, p.options()}));
  p.save({order.rows, 2}, x.dtype);
  p.backward_reads(true, false);
  p.in_place();
  p.gradient_in_place();
  if (!order.plain) p.scratch((p.wants_gradient() ? 2 : 1) * padded(x.shape.size(), x.dtype));
}

void call_row_norm(Call& c, const RowNorm& norm) {
  const Order order(norm.axes, c.input().shape());
  RowNormKernel& kernel = c.kernel<RowNormKernel>();
  const View statistics = c.wants_gradient() ? c.saved() : View();
  if (order.plain)
    return kernel.forward(c.input(), c.weight(norm.gamma), c.weight(norm.beta), statistics, c.output());
  const View x = in_scratch(c.scratch(), 0, order.shape, c.real());
  transpose(c.input(), order.forward, x);
  kernel.forward(x, c.weight(norm.gamma), c.weight(norm.beta), statistics, x);
  transpose(x, order.back, c.output());
}

void backward_row_norm(Backward& b, const RowNorm& norm) {
  const Order order(norm.axes, b.input().shape());
  RowNormKernel& kernel = b.kernel<RowNormKernel>();
  const GradTarget dgamma = b.gradient(norm.gamma), dbeta = b.gradient(norm.beta);
  if (order.plain)
    return kernel.backward(b.input(), b.weight(norm.gamma), b.saved(), b.dy(), b.dx(), dgamma, dbeta);
  const View x = in_scratch(b.scratch(), 0, order.shape, b.real()),
             dy = in_scratch(b.scratch(), 1, order.shape, b.real());
  transpose(b.input(), order.forward, x);
  transpose(b.dy(), order.forward, dy);
  kernel.backward(x, b.weight(norm.gamma), b.saved(), dy, b.dx() ? dy : View(), dgamma, dbeta);
  if (b.dx()) transpose(dy, order.back, b.dx());
}

Shape known_axes(const Layer& layer, const AxisList& axes, const Shape& x) {
  sorted_axes(axes, x.rank(), layer.label());
  // Keras sorts before it counts from the end.
  std::vector<Dim> sorted = axes.values;
  std::sort(sorted.begin(), sorted.end());
  Shape sizes;
  for (Dim axis : sorted) {
    const Dim d = x[static_cast<int>(axis)];
    if (d < 0)
      raise<ValueError>("{}: axis {} of the input must be known, but is None. Received shape: {}.",
                        layer.label(), axis, to_string(x));
    sizes.push_back(d);
  }
  return sizes;
}

void check_axes(const Layer& layer, const AxisList& axes, const Shape& x) {
  const Shape positions = sorted_axes(axes, x.rank(), layer.label());
  if (!layer.built() || layer.own_weights().empty()) return;
  const Shape& built_for = layer.build_spec().inputs[0].shape;
  for (Dim axis : positions) {
    const int i = static_cast<int>(axis);
    if (x.rank() != built_for.rank() || (x[i] >= 0 && x[i] != built_for[i]))
      raise<ValueError>(
          "{}: was built for inputs of shape {}, whose normalized axes it has weights for. "
          "Received shape: {}.",
          layer.label(), to_string(built_for), to_string(x));
  }
}

}  // namespace rhyton::ops
