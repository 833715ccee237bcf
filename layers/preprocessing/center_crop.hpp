#pragma once
/// @file center_crop.hpp  keras.layers.CenterCrop
#include "nn/ops/image_op.hpp"

namespace rhyton {

struct CenterCropConfig {
  std::int64_t height = 0, width = 0;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("height", height).required("width", width)("data_format", data_format);
  }
};

/// The middle of images: ([batch,] h, w, channels) -> ([batch,] height, width, channels), or with the
/// channels first. Smaller images are cut to the aspect ratio and enlarged (bilinear).
class CenterCrop final : public LayerOf<CenterCrop, CenterCropConfig> {
 public:
  static constexpr const char* keras_name = "CenterCrop";
  explicit CenterCrop(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ops::BoxResize box(const Shape& x) const;
};

}  // namespace rhyton
