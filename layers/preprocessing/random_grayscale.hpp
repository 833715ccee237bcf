#pragma once
/// @file random_grayscale.hpp  keras.layers.RandomGrayscale
#include "nn/ops/colour_op.hpp"

namespace rhyton {

struct RandomGrayscaleConfig {
  Number factor = 0.5;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("factor", factor)("data_format", data_format); }
};

/// Takes the colour out of some images in training, which must have 3 channels then. Outside training the
/// identity.
class RandomGrayscale final : public ops::RandomImageLayer<RandomGrayscale, RandomGrayscaleConfig> {
 public:
  static constexpr const char* keras_name = "RandomGrayscale";
  explicit RandomGrayscale(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
