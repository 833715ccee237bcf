#include "layers/merging/multiply.hpp"

namespace rhyton {

namespace {

ConstView lifted(ConstView x, int rank) { return x.reshaped(ops::aligned(x.shape(), rank)); }

/// Input i as it enters the product: where its mask is false, 1.
ConstView factor(const StepContext& c, int i, int rank, View scratch) {
  const ConstView mask = ops::feature_mask(c, i);
  if (!mask) return lifted(c.input(i), rank);
  const View masked(scratch.raw(), ops::aligned(c.input(i).shape(), rank), scratch.dtype());
  where_mask(mask, c.input(i), 1.0, masked);
  return masked;
}

bool any_masked(const CallSpec& spec) {
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    if (spec.masked(static_cast<int>(i))) return true;
  return false;
}

/// Zeros where every input is masked.
void clear_masked(const StepContext& c, View y, View joined) {
  if (!ops::all_masked(c.spec())) return;
  fill(joined, 0.0);
  for (int i = 0; i < c.inputs(); ++i) {
    const ConstView mask = ops::feature_mask(c, i);
    if (!mask) return;
    or_into(mask, joined);
  }
  where_mask(joined, y, 0.0, y);
}

}  // namespace

Multiply::Multiply(Config config) : MergeLayer(std::move(config)) {}
void Multiply::prepare(Prepare& p) const {
  p.backward_reads(true, false);
  const auto bytes = static_cast<std::size_t>(p.output().shape.size()) * size_of(p.output().dtype);
  const bool masked = any_masked(p.spec());
  if (masked || (p.wants_gradient() && p.inputs() > 2)) p.scratch(2 * bytes);
  if (p.wants_gradient() || masked || p.inputs() > 2) return;
  for (int i = 0; i < 2; ++i)
    if (p.input(i).shape == p.output().shape) p.in_place(0, i);
}

void Multiply::call(Call& c) const {
  const View y = c.output();
  const int rank = y.shape().rank();
  const View scratch(c.scratch(), y.shape(), y.dtype());
  const ConstView first = factor(c, 0, rank, scratch);
  if (c.inputs() == 2 && !any_masked(c.spec())) {
    broadcast_binary(BinaryOp::multiply, first, lifted(c.input(1), rank), y);
    return;
  }
  broadcast_copy(first, y);
  for (int i = 1; i < c.inputs(); ++i)
    broadcast_binary(BinaryOp::multiply, y, factor(c, i, rank, scratch), y);
  clear_masked(c, y, View(scratch.raw(), y.shape(), DType::boolean));
}

// dx_i = dy times the other factors, summed over the dimensions in which x_i was broadcast.
void Multiply::backward(Backward& b) const {
  const Shape y = b.dy().shape();
  const int rank = y.rank();
  const bool masked = any_masked(b.spec());
  for (int i = 0; i < b.inputs(); ++i) {
    const View dx = b.dx(i);
    if (!dx) continue;
    const View target = dx.reshaped(ops::aligned(dx.shape(), rank));
    if (b.inputs() == 2 && !masked) {
      reduce_product(b.dy(), lifted(b.input(1 - i), rank), target);
      continue;
    }
    const View product(b.scratch(), y, dx.dtype());
    const View scratch(static_cast<char*>(b.scratch()) + product.bytes(), y, dx.dtype());
    copy(b.dy(), product);
    for (int j = 0; j < b.inputs(); ++j)
      if (j != i) broadcast_binary(BinaryOp::multiply, product, factor(b, j, rank, scratch), product);
    clear_masked(b, product, View(scratch.raw(), y, DType::boolean));
    reduce_sum(product, target);
    if (const ConstView mask = ops::feature_mask(b, i)) where_mask(mask, dx, 0.0, dx);
  }
}

template class ops::MergeLayer<Multiply, MultiplyConfig>;

}  // namespace rhyton
