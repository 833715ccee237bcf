#include "nn/ops/shape_op.hpp"

namespace rhyton::ops {

void call_transpose(Call& c, const Shape& permutation) { transpose(c.input(), permutation, c.output()); }

void backward_transpose(Backward& b, const Shape& permutation) {
  // The gradient of a reshaped output comes in the output's shape, which need not have x's rank.
  const ConstView dy = b.dy().reshaped(permuted(b.dx().shape(), permutation));
  transpose(dy, inverse(permutation), b.dx());
}

Shape permuted(const Shape& shape, const Shape& permutation) {
  Shape out;
  for (Dim axis : permutation) out.push_back(shape[static_cast<int>(axis)]);
  return out;
}

Shape inverse(const Shape& permutation) {
  Shape out = permutation;
  for (int i = 0; i < permutation.rank(); ++i) out[static_cast<int>(permutation[i])] = i;
  return out;
}

}  // namespace rhyton::ops
