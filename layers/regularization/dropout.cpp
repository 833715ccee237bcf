#include "layers/regularization/dropout.hpp"

namespace rhyton {

Dropout::Dropout(Config config) : DropLayer(std::move(config)) {
  ops::check_rate(*this, "rate", config_.rate);
  ops::check_noise_shape(*this, config_.noise_shape);
}

Shape Dropout::noise(const Shape& x) const { return ops::resolve_noise_shape(*this, config_.noise_shape, x); }

Traits Dropout::traits(const CallSpec&) const {
  if (config_.rate == 0.0) return AliasTraits{};
  return {};
}

template class ops::DropLayer<Dropout, DropoutConfig>;

}  // namespace rhyton
