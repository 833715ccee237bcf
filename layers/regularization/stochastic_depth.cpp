#include "layers/regularization/stochastic_depth.hpp"

namespace rhyton {

StochasticDepth::StochasticDepth(Config config) : LayerOf(std::move(config)) {
  ops::check_rate(*this, "drop_path_rate", config_.drop_path_rate);
}

ops::Dropping StochasticDepth::dropping(int rank) const {
  Shape noise{unknown};
  for (int i = 1; i < rank; ++i) noise.push_back(1);
  return ops::dropout(config_.drop_path_rate, noise);
}

void StochasticDepth::prepare(Prepare& p) const {
  ops::prepare_dropping(p, dropping(p.output().shape.rank()));
}
void StochasticDepth::call(Call& c) const { ops::call_dropping(c, dropping(c.output().shape().rank())); }
void StochasticDepth::backward(Backward& b) const {
  ops::backward_dropping(b, dropping(b.dy().shape().rank()));
}

}  // namespace rhyton
