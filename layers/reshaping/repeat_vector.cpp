#include "layers/reshaping/repeat_vector.hpp"

#include "nn/kernels/broadcast.hpp"

namespace rhyton {

RepeatVector::RepeatVector(Config config) : LayerOf(std::move(config)) { expect_positive("n", config_.n); }

Shapes RepeatVector::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 2);
  return {{input_shapes[0][0], config_.n, input_shapes[0][1]}};
}

void RepeatVector::call(Call& c) const {
  const Shape x = c.input().shape();
  broadcast_copy(c.input().reshaped({x[0], 1, x[1]}), c.output());
}

void RepeatVector::backward(Backward& b) const {
  const Shape x = b.dx().shape();
  reduce_sum(b.dy(), b.dx().reshaped({x[0], 1, x[1]}));
}

}  // namespace rhyton
