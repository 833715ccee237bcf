#pragma once
/// @file random_flip.hpp  keras.layers.RandomFlip
#include "nn/ops/random_image.hpp"

namespace rhyton {

struct RandomFlipConfig {
  std::string mode = "horizontal_and_vertical";  ///< or "horizontal", "vertical"
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("mode", mode)("seed", seed)("data_format", data_format); }
};

/// Turns about half of the images over in training. Outside training the identity.
class RandomFlip final : public ops::RandomImageLayer<RandomFlip, RandomFlipConfig> {
 public:
  static constexpr const char* keras_name = "RandomFlip";
  explicit RandomFlip(Config config = {});

  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  void flip(ConstView x, ConstView flips, View y) const;
};

}  // namespace rhyton
