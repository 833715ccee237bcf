#include "layers/core/identity.hpp"

namespace rhyton {

Identity::Identity(Config config) : LayerOf(std::move(config)) {}

Shapes Identity::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  return input_shapes;
}

}  // namespace rhyton
