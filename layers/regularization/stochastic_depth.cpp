#include "layers/regularization/stochastic_depth.hpp"

namespace rhyton {

StochasticDepth::StochasticDepth(Config config) : DropLayer(std::move(config)) {
  ops::check_rate(*this, "drop_path_rate", config_.drop_path_rate);
}

Shape StochasticDepth::noise(const Shape& x) const {
  Shape shape{x[0]};
  for (int i = 1; i < x.rank(); ++i) shape.push_back(1);
  return shape;
}

template class ops::DropLayer<StochasticDepth, StochasticDepthConfig>;

}  // namespace rhyton
