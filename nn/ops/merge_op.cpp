#include "nn/ops/merge_op.hpp"

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {
ConstView lifted(ConstView x, int rank) { return x.reshaped(aligned(x.shape(), rank)); }
View lifted(View x, int rank) { return x.reshaped(aligned(x.shape(), rank)); }

bool same_shape(const Prepare& p, int i) { return p.input(i).shape == p.output().shape; }
}  // namespace

Shape merged_shape(const Layer& layer, const Shapes& inputs) {
  const auto refuse = [&](const std::string& why) {
    raise<ValueError>("{}: {} Received shapes: {}.", layer.label(), why, to_string(inputs));
  };
  if (inputs.size() < 2) refuse("expected a list of at least 2 inputs.");
  int rank = 1;
  for (const Shape& x : inputs) {
    if (x.empty()) refuse("every input needs a batch dimension.");
    rank = std::max(rank, x.rank());
  }
  Shape y = aligned(inputs[0], rank);
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    const Shape x = aligned(inputs[k], rank);
    for (int d = 0; d < rank; ++d) {
      const bool fits = y[d] == x[d] || y[d] < 0 || x[d] < 0 || y[d] == 1 || x[d] == 1;
      if (!fits) refuse("the inputs have incompatible shapes; dimensions must be equal or 1.");
      if (d == 0)
        y[d] = y[d] < 0 || x[d] < 0 ? std::max(y[d], x[d]) : y[d] == 1 ? x[d] : y[d];
      else
        y[d] = y[d] < 0 || x[d] < 0 ? unknown : y[d] == 1 ? x[d] : y[d];
    }
  }
  return y;
}

Shape aligned(const Shape& input, int rank) {
  Shape out{input[0]};
  for (int i = input.rank(); i < rank; ++i) out.push_back(1);
  return out.concat(input.from(1));
}

DType merged_dtype(const Layer& layer, const CallSpec& spec) {
  // Each holds the numbers of those before it.
  constexpr DType wider[] = {DType::boolean, DType::uint8, DType::int32, DType::int64};
  std::size_t rank = 0;
  for (const TensorSpec& x : spec.inputs) {
    if (is_floating(x.dtype)) return x.dtype;
    const auto found = std::find(std::begin(wider), std::end(wider), x.dtype);
    if (found == std::end(wider))
      raise<ValueError>("{}: expected numbers. Received: dtype={}.", layer.label(), to_string(x.dtype));
    rank = std::max(rank, static_cast<std::size_t>(found - std::begin(wider)));
  }
  return wider[rank];
}

ConstView feature_mask(const StepContext& c, int i) {
  const CallSpec& spec = c.spec();
  if (!spec.masked(i)) return {};
  for (const TensorSpec& x : spec.inputs)
    if (x.shape.rank() != spec.inputs[0].shape.rank()) return {};
  ConstView mask = c.mask(i);
  Shape shape = mask.shape();
  while (shape.rank() < spec.shape(i).rank()) shape.push_back(1);
  return mask.reshaped(shape);
}

bool all_masked(const CallSpec& spec) {
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    if (!spec.masked(static_cast<int>(i))) return false;
  return !spec.inputs.empty();
}

Shape joined_mask_shape(const CallSpec& spec) {
  Shape out = *spec.masks[0];
  for (const auto& mask : spec.masks) out = broadcast(out, *mask, "masks");
  return out;
}

void join_masks(Call& c) {
  const View out = c.output_mask();
  fill(out, 0.0);
  for (int i = 0; i < c.inputs(); ++i) {
    Shape shape = c.mask(i).shape();
    while (shape.rank() < out.shape().rank()) shape = Shape{1}.concat(shape);
    or_into(c.mask(i).reshaped(shape), out);
  }
}

void prepare_sum(Prepare& p) {
  p.backward_reads(false, false);
  // With three inputs a second one might lie in the same memory.
  for (int i = 0; i < 2 && p.inputs() == 2; ++i)
    if (same_shape(p, i)) p.in_place(0, i);
  for (int i = 0; i < p.inputs(); ++i)
    if (same_shape(p, i)) p.gradient_in_place(i);
}

void call_sum(Call& c, BinaryOp op, double scale) {
  const View y = c.output();
  const int rank = y.shape().rank();
  broadcast_binary(op, lifted(c.input(0), rank), lifted(c.input(1), rank), y);
  for (int i = 2; i < c.inputs(); ++i) broadcast_binary(op, y, lifted(c.input(i), rank), y);
  if (scale != 1.0) broadcast_copy(y, y, scale);
}

void backward_sum(Backward& b, BinaryOp op, double scale) {
  const ConstView dy = b.dy();
  // The one that may lie in dy's place comes last.
  for (const bool in_place : {false, true}) {
    for (int i = 0; i < b.inputs(); ++i) {
      const View dx = b.dx(i);
      if (!dx || (dx.raw() == dy.raw()) != in_place) continue;
      const double factor = i > 0 && op == BinaryOp::subtract ? -scale : scale;
      if (dx.shape() != dy.shape())
        reduce_sum(dy, lifted(dx, dy.shape().rank()), factor);
      else if (!in_place || factor != 1.0)
        broadcast_copy(dy, dx, factor);
    }
  }
}

void check_extreme(const Layer& layer, const Shapes& inputs) {
  if (inputs.size() > 255)
    raise<NotSupported>("{}: more than 255 inputs. Received {}; merge them in several layers.", layer.label(),
                        inputs.size());
}

void prepare_extreme(Prepare& p) {
  p.backward_reads(false, false);
  p.save(p.output().shape, DType::uint8);
  const Dim selected = p.output().shape.size();
  // The numbers of the selected inputs, where no gradient keeps them; the mask of what came before.
  p.scratch(static_cast<std::size_t>(2 * selected));
}

void call_extreme(Call& c, bool maximum) {
  const View y = c.output();
  const int rank = y.shape().rank();
  const View selected = c.wants_gradient() ? c.saved() : View(c.scratch(), y.shape(), DType::uint8);
  // Which elements of y are from an unmasked input; stays absent as soon as one input has no mask.
  View valid;
  for (int i = 0; i < c.inputs(); ++i) {
    const ConstView mask = feature_mask(c, i);
    join_extreme(maximum, static_cast<std::uint8_t>(i), lifted(c.input(i), rank), mask, valid, y, selected);
    if (!mask) {
      valid = {};
    } else if (i == 0 || valid) {
      const bool first = i == 0;
      if (first) valid = View(static_cast<char*>(c.scratch()) + y.size(), y.shape(), DType::boolean);
      if (first) fill(valid, 0.0);
      or_into(mask, valid);
    }
  }
}

void backward_extreme(Backward& b) {
  const int rank = b.dy().shape().rank();
  for (int i = 0; i < b.inputs(); ++i)
    if (const View dx = b.dx(i))
      reduce_selected(b.dy(), b.saved(), static_cast<std::uint8_t>(i), lifted(dx, rank));
}

}  // namespace rhyton::ops
