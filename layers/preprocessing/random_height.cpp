#include "layers/preprocessing/random_height.hpp"

namespace rhyton {

RandomHeight::RandomHeight(Config config) : InferenceOnlyImageLayer(std::move(config)) {
  const Factor& factor = config_.factor;
  if (!factor.single && factor.high < factor.low)
    fail("`factor` must not have an upper bound below the lower one.");
  if (factor.high < -1.0 || factor.low < -1.0) fail("`factor` must be larger than -1.");
}

Shapes RandomHeight::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_images(*this, input_shapes);
  Shape y = input_shapes[0];
  if (y[0] < 0) y[-3] = unknown;
  return {y};
}

}  // namespace rhyton
