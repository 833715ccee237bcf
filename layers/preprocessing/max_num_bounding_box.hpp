#pragma once
/// @file max_num_bounding_box.hpp  keras.layers.MaxNumBoundingBoxes
#include "nn/ops/image_layer.hpp"

namespace rhyton {

struct MaxNumBoundingBoxesConfig {
  std::int64_t max_number = 0;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("max_number", max_number)("data_format", data_format); }
};

/// Cuts or fills up lists of bounding boxes that come with images. Called on images alone it is the identity;
/// dictionaries with boxes are not supported.
class MaxNumBoundingBoxes final
    : public ops::RandomImageLayer<MaxNumBoundingBoxes, MaxNumBoundingBoxesConfig> {
 public:
  static constexpr const char* keras_name = "MaxNumBoundingBoxes";
  explicit MaxNumBoundingBoxes(Config config);

  void prepare(Prepare& p) const override { p.alias(); }
  void backward(Backward&) const override {}
};

}  // namespace rhyton
