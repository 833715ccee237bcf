#include "layers/merging/concatenate.hpp"

#include "nn/kernels/broadcast.hpp"
#include "nn/kernels/concat.hpp"
#include "nn/ops/merge_op.hpp"

namespace rhyton {

namespace {
/// Bytes of a row: everything from the axis on.
Dim row_bytes(ConstView x, int axis) {
  return x.shape().product(axis, x.shape().rank()) * static_cast<Dim>(size_of(x.dtype()));
}
}  // namespace

Concatenate::Concatenate(Config config) : LayerOf(std::move(config)) {}

int Concatenate::axis(int rank) const {
  return static_cast<int>(config_.axis < 0 ? config_.axis + rank : config_.axis);
}

Shapes Concatenate::compute_output_shape(const Shapes& input_shapes) const {
  if (input_shapes.empty()) fail("expected at least 1 input. Received none.");
  Shape y = input_shapes[0];
  const int at = normalize_axis(config_.axis, y.rank(), label() + ": `axis`");
  for (std::size_t k = 1; k < input_shapes.size(); ++k) {
    const Shape& x = input_shapes[k];
    bool fits = x.rank() == y.rank();
    for (int d = 0; fits && d < y.rank(); ++d) {
      if (d == at) continue;
      fits = x[d] == y[d] || x[d] < 0 || y[d] < 0;
      if (y[d] < 0) y[d] = x[d];
    }
    if (!fits)
      fail("the inputs must have matching shapes except along axis {}. Received shapes: {}.", config_.axis,
           to_string(input_shapes));
    if (y[at] < 0 || x[at] < 0)
      y[at] = unknown;
    else if (__builtin_add_overflow(y[at], x[at], &y[at]))
      fail("the output is too large. Received shapes: {}.", to_string(input_shapes));
  }
  return {y};
}

std::vector<TensorSpec> Concatenate::compute_output_spec(const CallSpec& spec) const {
  return {{compute_output_shape(spec.shapes())[0], ops::merged_dtype(*this, spec)}};
}

void Concatenate::prepare(Prepare& p) const { p.backward_reads(false, false); }

void Concatenate::call(Call& c) const {
  const View y = c.output();
  const int at = axis(y.shape().rank());
  const Dim whole = row_bytes(y, at);
  Dim offset = 0;
  for (int i = 0; i < c.inputs(); ++i) {
    const Dim row = row_bytes(c.input(i), at);
    copy_columns(c.input(i), row, 0, y, whole, offset, row);
    offset += row;
  }
}

void Concatenate::backward(Backward& b) const {
  const ConstView dy = b.dy();
  const int at = axis(dy.shape().rank());
  const Dim whole = row_bytes(dy, at);
  Dim offset = 0;
  for (int i = 0; i < b.inputs(); ++i) {
    const Dim row = b.spec().shape(i).product(at, dy.shape().rank()) * static_cast<Dim>(size_of(dy.dtype()));
    if (const View dx = b.dx(i)) copy_columns(dy, whole, offset, dx, row, 0, row);
    offset += row;
  }
}

MaskRule Concatenate::mask_rule(const CallSpec& spec) const {
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    if (spec.masked(static_cast<int>(i))) return MaskRule::compute;
  return MaskRule::drop;
}

std::optional<Shape> Concatenate::mask_shape(const CallSpec& spec, int) const {
  return compute_output_shape(spec.shapes())[0].slice(0, -1);
}

// An element's mask is its input's (true without one); a position counts where any of its features does.
void Concatenate::compute_mask(Call& c) const {
  const View out = c.output_mask();
  const int rank = c.output().shape().rank(), at = axis(rank);
  if (at == rank - 1) {
    fill(out, 0.0);
    for (int i = 0; i < c.inputs(); ++i) {
      if (!c.mask(i)) return fill(out, 1.0);
      or_into(c.mask(i).reshaped(out.shape()), out);
    }
    return;
  }
  const Dim whole = row_bytes(out, at);
  Dim offset = 0;
  for (int i = 0; i < c.inputs(); ++i) {
    const Shape part = c.input(i).shape().slice(0, -1);
    const Dim row = part.product(at, part.rank());
    if (c.mask(i))
      copy_columns(c.mask(i), row, 0, out, whole, offset, row);
    else
      fill_columns(out, whole, offset, row, 1);
    offset += row;
  }
}

}  // namespace rhyton
