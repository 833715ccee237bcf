#pragma once
/// @file dropout.hpp  keras.layers.Dropout
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct DropoutConfig {
  /// The fraction of elements that is set to 0.
  double rate = -1.0;
  /// The shape of the decisions, 1 where one stands for all; `unknown` for the input's size.
  ops::NoiseShape noise_shape = {};
  Seed seed = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("rate", rate)("seed", seed)("noise_shape", noise_shape); }
};

/// In training, sets elements to 0 at random and the others to x / (1 - rate); otherwise y = x.
class Dropout final : public ops::DropLayer<Dropout, DropoutConfig> {
 public:
  static constexpr const char* keras_name = "Dropout";
  explicit Dropout(Config config);
  /// `Dropout(0.5)`
  explicit Dropout(double rate) : Dropout(Config{.rate = rate}) {}

  Traits traits(const CallSpec& spec) const override;

  ops::Drop drop() const { return ops::plain_drop(config_.rate); }
  Shape noise(const Shape& x) const;
};
extern template class ops::DropLayer<Dropout, DropoutConfig>;

}  // namespace rhyton
