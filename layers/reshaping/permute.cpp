#include "layers/reshaping/permute.hpp"

#include <algorithm>

#include "nn/ops/shape_op.hpp"

namespace rhyton {

Permute::Permute(Config config) : LayerOf(std::move(config)) {
  auto sorted = config_.dims;
  std::sort(sorted.begin(), sorted.end());
  bool fits = sorted.size() < static_cast<std::size_t>(Shape::max_rank);
  for (std::size_t i = 0; fits && i < sorted.size(); ++i)
    fits = sorted[i] == static_cast<std::int64_t>(i) + 1;
  if (!fits) {
    std::string text;
    for (const std::int64_t d : config_.dims) text += (text.empty() ? "" : ", ") + std::to_string(d);
    fail("`dims` must be a permutation of the axes from 1 on. Received: dims=({}).", text);
  }
  for (const std::int64_t d : config_.dims) permutation_.push_back(d);
}

Shapes Permute::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, permutation_.rank());
  return {ops::permuted(input_shapes[0], permutation_)};
}

void Permute::call(Call& c) const { ops::call_transpose(c, permutation_); }
void Permute::backward(Backward& b) const { ops::backward_transpose(b, permutation_); }

}  // namespace rhyton
