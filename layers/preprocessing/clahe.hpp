#pragma once
/// @file clahe.hpp  keras.layers.ContrastLimitedAdaptiveHistogramEqualization
#include <array>

#include "nn/ops/image_op.hpp"

namespace rhyton {

struct ContrastLimitedAdaptiveHistogramEqualizationConfig {
  Factor value_range = {0, 255};
  Number clip_limit = 4.0;                            ///< of a histogram's cells, in multiples of their mean
  std::vector<std::int64_t> tile_grid_size = {8, 8};  ///< tiles down and across
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("value_range", value_range)("clip_limit", clip_limit)("tile_grid_size", tile_grid_size);
    f("data_format", data_format);
  }
};

/// Equalizes the histograms of tiles, clipped so that noise is not blown up, with bilinear transitions
/// between tiles (Pizer et al., 1987), in training and outside. The shape stays.
class ContrastLimitedAdaptiveHistogramEqualization final
    : public LayerOf<ContrastLimitedAdaptiveHistogramEqualization,
                     ContrastLimitedAdaptiveHistogramEqualizationConfig> {
 public:
  static constexpr const char* keras_name = "ContrastLimitedAdaptiveHistogramEqualization";
  explicit ContrastLimitedAdaptiveHistogramEqualization(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  /// New values are steps, which no gradient passes.
  bool differentiates(int) const override { return false; }
  void call(Call& c) const override;

 private:
  /// One channel of one image: pixels `step` apart, rows of `width` pixels.
  template <class T>
  void equalize(const T* x, T* y, Dim height, Dim width, Dim step, T* tables) const;
};

}  // namespace rhyton
