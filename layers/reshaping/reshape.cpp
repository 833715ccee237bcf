#include "layers/reshaping/reshape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rhyton {

Reshape::Reshape(Config config) : LayerOf(std::move(config)) {
  const auto& target = config_.target_shape;
  if (target.size() >= static_cast<std::size_t>(Shape::max_rank))
    fail("`target_shape` may have at most {} dimensions. Received {}.", Shape::max_rank - 1, target.size());
  for (const std::int64_t d : target)
    if (d < -1)
      fail("`target_shape` must hold sizes, and -1 for what is left. Received: target_shape={}.",
           target_text());
  if (std::count(target.begin(), target.end(), -1) > 1)
    fail("`target_shape` may hold -1 only once. Received: target_shape={}.", target_text());
}

std::string Reshape::target_text() const {
  std::string text;
  for (const std::int64_t d : config_.target_shape) text += (text.empty() ? "" : ", ") + std::to_string(d);
  return fmt::format("({})", text);
}

Shapes Reshape::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 1);
  const Shape rest = input_shapes[0].from(1);
  Shape y{input_shapes[0][0]};
  Dim known = 1;
  int left = -1;
  for (const std::int64_t d : config_.target_shape) {
    if (d < 0) left = y.rank();
    y.push_back(d);
    if (d < 0) continue;
    if (__builtin_mul_overflow(known, d, &known)) fail("`target_shape` {} is too large.", target_text());
  }
  if (!rest.is_known()) return {y};
  const Dim size = rest.size();
  const bool fits = left < 0 ? known == size : known > 0 && size % known == 0;
  if (!fits)
    fail("the number of elements must stay the same. Received: input_shape={}, target_shape={}.",
         to_string(rest), target_text());
  if (left >= 0) y[left] = size / known;
  return {y};
}

}  // namespace rhyton
