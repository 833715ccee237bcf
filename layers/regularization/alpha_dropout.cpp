#include "layers/regularization/alpha_dropout.hpp"

#include <cmath>

namespace rhyton {

AlphaDropout::AlphaDropout(Config config) : DropLayer(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
  ops::check_noise_shape(*this, config_.noise_shape);
}

ops::Drop AlphaDropout::drop() const {
  constexpr double bound = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
  const double rate = config_.rate;
  const double a = 1.0 / std::sqrt((1.0 - rate) * (1.0 + rate * bound * bound)), b = -a * bound * rate;
  return {rate, a, b, a * bound + b};
}

Shape AlphaDropout::noise(const Shape& x) const {
  return ops::resolve_noise_shape(*this, config_.noise_shape, x);
}

template class ops::DropLayer<AlphaDropout, AlphaDropoutConfig>;

}  // namespace rhyton
