#include "nn/ops/random_layer.hpp"

namespace rhyton::ops {

void RandomBase::build(const Shapes& input_shapes) {
  compute_output_shape(input_shapes);
  if (seed())
    calls_ = add_weight("seed_generator_state", {1},
                        {{}, {}, {}, /*trainable*/ false, DType::int64, /*persistent*/ false});
}

Shapes RandomBase::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  return input_shapes;
}

Rng RandomBase::generator(const Call& c) const {
  if (calls_ < 0) return c.rng();
  std::int64_t& calls = *c.weight_update(calls_).data<std::int64_t>();
  return Rng(static_cast<std::uint64_t>(*seed())).split(static_cast<std::uint64_t>(calls++));
}

}  // namespace rhyton::ops
