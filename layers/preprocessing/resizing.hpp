#pragma once
/// @file resizing.hpp  keras.layers.Resizing
#include "nn/ops/image_op.hpp"

namespace rhyton {

struct ResizingConfig {
  std::int64_t height = 0, width = 0;
  std::string interpolation = "bilinear";  ///< or "nearest", "bicubic", "lanczos3", "lanczos5"
  bool crop_to_aspect_ratio = false, pad_to_aspect_ratio = false;
  std::string fill_mode = "constant";
  Number fill_value = 0.0;
  bool antialias = false;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("height", height).required("width", width)("interpolation", interpolation);
    f("crop_to_aspect_ratio", crop_to_aspect_ratio)("pad_to_aspect_ratio", pad_to_aspect_ratio);
    f("fill_mode", fill_mode)("fill_value", fill_value)("antialias", antialias)("data_format", data_format);
  }
};

/// Images in another size: ([batch,] h, w, channels) -> ([batch,] height, width, channels), or with the
/// channels first.
class Resizing final : public LayerOf<Resizing, ResizingConfig> {
 public:
  static constexpr const char* keras_name = "Resizing";
  explicit Resizing(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ops::BoxResize box(const Shape& x) const;
  Interpolation interpolation_ = Interpolation::bilinear;
};

}  // namespace rhyton
