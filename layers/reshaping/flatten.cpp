#include "layers/reshaping/flatten.hpp"

#include "nn/ops/shape_op.hpp"

namespace rhyton {

Flatten::Flatten(Config config) : LayerOf(std::move(config)) {}

Shapes Flatten::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 1);
  const Shape rest = input_shapes[0].from(1);
  return {{input_shapes[0][0], rest.is_known() ? rest.size() : unknown}};
}

Shape Flatten::to_channels_last(int rank) const {
  if (!config_.data_format.channels_first() || rank < 3) return {};
  Shape order{0};
  for (int i = 2; i < rank; ++i) order.push_back(i);
  order.push_back(1);
  return order;
}

void Flatten::prepare(Prepare& p) const {
  if (to_channels_last(p.input().shape.rank()).empty())
    p.alias();
  else
    p.backward_reads(false, false);
}

void Flatten::call(Call& c) const {
  const Shape order = to_channels_last(c.input().shape().rank());
  transpose(c.input(), order, c.output().reshaped(ops::permuted(c.input().shape(), order)));
}

void Flatten::backward(Backward& b) const {
  ops::backward_transpose(b, to_channels_last(b.dx().shape().rank()));
}

Traits Flatten::traits(const CallSpec& spec) const {
  if (to_channels_last(spec.shape().rank()).empty()) return AliasTraits{};
  return {};
}

}  // namespace rhyton
