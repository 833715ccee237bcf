#pragma once
/// @file random_crop.hpp  keras.layers.RandomCrop
#include "nn/ops/image_op.hpp"
#include "nn/ops/random_layer.hpp"

namespace rhyton {

struct RandomCropConfig {
  std::int64_t height = 0, width = 0;
  Seed seed = {};
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("height", height).required("width", width)("seed", seed)("data_format", data_format);
  }
};

/// Cuts the same random box of height x width out of all images of a batch in training; images that are not
/// larger both ways are cut to the aspect ratio and resized (bilinear). Outside training the identity.
class RandomCrop final : public ops::RandomLayer<RandomCrop, RandomCropConfig> {
 public:
  static constexpr const char* keras_name = "RandomCrop";
  explicit RandomCrop(Config config);

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool supports_masking() const override { return false; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  bool cuts(const Shape& x) const;
  /// The box of images that are not cut at random.
  ops::BoxResize box(const Shape& x) const;
  Shape offset(const Shape& x, ConstView position) const;
};

}  // namespace rhyton
