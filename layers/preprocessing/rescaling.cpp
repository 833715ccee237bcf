#include "layers/preprocessing/rescaling.hpp"

#include "nn/kernels/affine.hpp"

namespace rhyton {

Rescaling::Rescaling(Config config) : LayerOf(std::move(config)) {
  if (config_.scale.values.empty()) fail("`scale` must be a number, or a list of one number a channel.");
  if (config_.offset.values.empty()) fail("`offset` must be a number, or a list of one number a channel.");
}

int Rescaling::channel_axis(int rank) const {
  return DataFormat().channels_first() && rank >= 3 ? rank - 3 : rank - 1;
}

Shapes Rescaling::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 1);
  const Dim channels = input_shapes[0][channel_axis(input_shapes[0].rank())];
  for (const auto& [name, numbers] : {std::pair{"scale", &config_.scale}, {"offset", &config_.offset}}) {
    const auto count = static_cast<Dim>(numbers->values.size());
    if (count != 1 && channels >= 0 && channels != count)
      fail("`{}` needs one number, or one for each of the {} channels. Received {}, input shape: {}.", name,
           channels, count, to_string(input_shapes[0]));
  }
  return input_shapes;
}

void Rescaling::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  p.in_place();
  p.gradient_in_place();
}

void Rescaling::call(Call& c) const {
  const Shape x = c.input().shape();
  const int axis = channel_axis(x.rank());
  affine(c.input(), config_.scale.values, config_.offset.values, x[axis], x.product(axis + 1, x.rank()),
         c.output());
}

void Rescaling::backward(Backward& b) const {
  const Shape x = b.dx().shape();
  const int axis = channel_axis(x.rank());
  constexpr double none[] = {0.0};
  affine(b.dy(), config_.scale.values, none, x[axis], x.product(axis + 1, x.rank()), b.dx());
}

}  // namespace rhyton
