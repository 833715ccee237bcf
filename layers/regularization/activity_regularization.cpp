#include "layers/regularization/activity_regularization.hpp"

namespace rhyton {

ActivityRegularization::ActivityRegularization(Config config) : LayerOf(std::move(config)) {
  if (!(config_.l1 >= 0.0) || !(config_.l2 >= 0.0))
    fail("`l1` and `l2` must not be negative. Received: l1={}, l2={}.", config_.l1, config_.l2);
  set_activity_regularizer(regularizers::L1L2({.l1 = config_.l1, .l2 = config_.l2}));
}

void ActivityRegularization::write_config(ConfigWriter& writer) const {
  writer("name", name())("trainable", trainable())("dtype", DTypePolicy{dtype()});
  writer("l1", config_.l1)("l2", config_.l2);
}

Shapes ActivityRegularization::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  return input_shapes;
}

}  // namespace rhyton
