#include "layers/merging/dot.hpp"

#include <array>

#include "nn/kernels/l2_normalize.hpp"
#include "nn/ops/shape_op.hpp"

namespace rhyton {

namespace {

/// One input as a stack of matrices, (batch, rows, k) for the first and (batch, k, columns) for the second.
struct Operand {
  Operand(const Shape& x, int axis, bool first) : order{0}, axis(axis) {
    if (!first) order.push_back(axis);
    for (int i = 1; i < x.rank(); ++i)
      if (i != axis) order.push_back(i);
    if (first) order.push_back(axis);
    for (int i = 0; i < x.rank(); ++i) moved = moved || order[i] != i;
    batch = x[0];
    length = x[axis];
    others = x.product(1, axis) * x.product(axis + 1, x.rank());
    size = x.size();
  }
  Shape order;  ///< the transposition that gives the matrices
  int axis;
  bool moved = false;
  Dim batch = 0, length = 0, others = 0, size = 0;
};

/// Scratch for up to two operands and their gradients: normalized, then transposed.
struct Buffers {
  Buffers(void* scratch, DType dtype, Dim first, Dim second)
      : next(static_cast<char*>(scratch)), dtype(dtype) {
    sizes = {first, second};
  }
  View take(int operand, const Shape& shape) {
    View out(next, shape, dtype);
    next += static_cast<std::size_t>(sizes[static_cast<std::size_t>(operand)]) * size_of(dtype);
    return out;
  }
  char* next;
  DType dtype;
  std::array<Dim, 2> sizes;
};

/// `least` below 0: as they are.
ConstView matrices(ConstView x, const Operand& o, double least, int index, Buffers& buffers) {
  if (least >= 0.0) {
    const View unit = buffers.take(index, x.shape());
    l2_normalize(x, o.axis, least, unit);
    x = unit;
  }
  if (!o.moved) return x;
  const View moved = buffers.take(index, ops::permuted(x.shape(), o.order));
  transpose(x, o.order, moved);
  return moved;
}

const char* matrix(const void* data, Dim n, Dim size, DType dtype) {
  return static_cast<const char*>(data) + static_cast<std::size_t>(n * size) * size_of(dtype);
}

}  // namespace

Dot::Dot(Config config) : LayerOf(std::move(config)) {
  const auto& axes = config_.axes.values;
  const bool one = !config_.axes.is_list && axes.size() == 1, two = config_.axes.is_list && axes.size() == 2;
  if (!one && !two)
    fail("`axes` must be an integer or a list of two integers. Received a list of {}.", axes.size());
}

int Dot::axis(int input, int rank) const {
  const auto axis = config_.axes.values[input == 0 ? 0 : config_.axes.values.size() - 1];
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shapes Dot::compute_output_shape(const Shapes& input_shapes) const {
  if (input_shapes.size() != 2) fail("expected a list of 2 inputs. Received {}.", input_shapes.size());
  const Shape &a = input_shapes[0], &b = input_shapes[1];
  if (a.rank() < 2 || b.rank() < 2)
    fail("the inputs need at least 2 dimensions. Received shapes: {}.", to_string(input_shapes));
  for (int k = 0; k < 2; ++k) {
    const Shape& x = input_shapes[static_cast<std::size_t>(k)];
    const auto given = config_.axes.values[k == 0 ? 0 : config_.axes.values.size() - 1];
    if (normalize_axis(given, x.rank(), label() + ": `axes`") == 0)
      fail("`axes` cannot be the batch axis 0. Received shape: {}.", to_string(x));
  }
  const int i = axis(0, a.rank()), j = axis(1, b.rank());
  if (a[i] >= 0 && b[j] >= 0 && a[i] != b[j])
    fail("the inputs must have one size along `axes`: axis {} is {}, axis {} is {}. Received shapes: {}.", i,
         a[i], j, b[j], to_string(input_shapes));
  if (a[0] >= 0 && b[0] >= 0 && a[0] != b[0])
    fail("the inputs must have one batch size. Received shapes: {}.", to_string(input_shapes));
  Shape y{a[0] < 0 ? b[0] : a[0]};
  if (a.rank() + b.rank() - 3 > Shape::max_rank)
    fail("the output would have more than {} dimensions.", Shape::max_rank);
  for (int d = 1; d < a.rank(); ++d)
    if (d != i) y.push_back(a[d]);
  for (int d = 1; d < b.rank(); ++d)
    if (d != j) y.push_back(b[d]);
  if (y.rank() == 1) y.push_back(1);
  return {y};
}

void Dot::prepare(Prepare& p) const {
  // For each operand: normalized and transposed; in backward its gradient too, in both forms.
  const Dim numbers = p.input(0).shape.size() + p.input(1).shape.size();
  p.scratch(4 * static_cast<std::size_t>(numbers) * size_of(p.output().dtype));
  p.backward_reads(true, false);
}

void Dot::call(Call& c) const {
  const ConstView x = c.input(0), w = c.input(1);
  const Operand a(x.shape(), axis(0, x.shape().rank()), true), b(w.shape(), axis(1, w.shape().rank()), false);
  const double least = config_.normalize ? least_square_ : -1.0;
  Buffers buffers(c.scratch(), x.dtype(), a.size, b.size);
  const ConstView p = matrices(x, a, least, 0, buffers);
  const ConstView q = matrices(w, b, least, 1, buffers);
  const DType dtype = x.dtype();
  for (Dim n = 0; n < a.batch; ++n)
    gemm(dtype, false, false, a.others, b.others, a.length, 1.0,
         matrix(p.raw(), n, a.others * a.length, dtype), a.length,
         matrix(q.raw(), n, b.others * b.length, dtype), b.others, 0.0,
         const_cast<char*>(matrix(c.output().raw(), n, a.others * b.others, dtype)), b.others);
}

void Dot::backward(Backward& b) const {
  const ConstView x = b.input(0), w = b.input(1), dy = b.dy();
  const Operand first(x.shape(), axis(0, x.shape().rank()), true),
      second(w.shape(), axis(1, w.shape().rank()), false);
  const DType dtype = x.dtype();
  const double least = config_.normalize ? least_square_ : -1.0;
  Buffers buffers(b.scratch(), dtype, first.size, second.size);
  const ConstView p = matrices(x, first, least, 0, buffers);
  const ConstView q = matrices(w, second, least, 1, buffers);
  const Dim m = first.others, n = second.others, k = first.length;
  for (int i = 0; i < 2; ++i) {
    const View dx = b.dx(i);
    if (!dx) continue;
    const Operand& o = i == 0 ? first : second;
    const View d = o.moved ? buffers.take(i, ops::permuted(dx.shape(), o.order)) : dx;
    for (Dim s = 0; s < o.batch; ++s) {
      const void* up = matrix(dy.raw(), s, m * n, dtype);
      void* target = const_cast<char*>(matrix(d.raw(), s, o.others * k, dtype));
      if (i == 0)  // dp = dy q^T
        gemm(dtype, false, true, m, k, n, 1.0, up, n, matrix(q.raw(), s, k * n, dtype), n, 0.0, target, k);
      else  // dq = p^T dy
        gemm(dtype, true, false, k, n, m, 1.0, matrix(p.raw(), s, m * k, dtype), k, up, n, 0.0, target, n);
    }
    if (o.moved) transpose(d, ops::inverse(o.order), dx);
    if (config_.normalize) l2_normalize_backward(b.input(i), o.axis, least, dx, dx);
  }
}

}  // namespace rhyton
