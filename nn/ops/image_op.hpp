#pragma once
/// @file image_op.hpp  What layers on images share: batches or single images in either data format.
#include "nn/arguments.hpp"
#include "nn/kernels/resize.hpp"
#include "nn/layer.hpp"
#include "nn/numbers.hpp"

namespace rhyton::ops {

/// Images of shape ([batch,] height, width, channels) or ([batch,] channels, height, width), seen as (batch,
/// outer, height, width, inner).
struct ImageLayout {
  ImageLayout(const Shape& x, DataFormat format);
  Dim batch = 1, outer = 1, height = 0, width = 0, inner = 1;
  int height_axis = 0;  ///< the width's is the next one
  Dim sample() const { return outer * height * width * inner; }
};

/// Throws ValueError, naming the layer, unless x has 3 or 4 dimensions.
void check_images(const Layer& layer, const Shapes& input_shapes);
/// x with another height and width.
Shape resized_shape(const Shape& x, DataFormat format, Dim height, Dim width);

/// A box of the input, resized: what Resizing and CenterCrop do, whichever way they keep the aspect ratio.
/// The box may reach beyond the image, where `fill` is.
struct BoxResize {
  Dim top = 0, left = 0, height = 0, width = 0;  ///< the box
  Dim new_height = 0, new_width = 0;
  Interpolation interpolation = Interpolation::bilinear;
  bool antialias = false;
  double fill = 0.0;
};
/// The largest box in the middle of the image that has the aspect ratio of the new size.
void crop_to_aspect_ratio(BoxResize& box, const ImageLayout& image);
/// The smallest box around the image that has it.
void pad_to_aspect_ratio(BoxResize& box, const ImageLayout& image);

void prepare_box_resize(Prepare& p, DataFormat format, const BoxResize& box);
void call_box_resize(Call& c, DataFormat format, const BoxResize& box);
void backward_box_resize(Backward& b, DataFormat format, const BoxResize& box);

/// The two numbers in order, as Keras keeps `value_range`.
Factor ordered_range(const Factor& range);

/// Values in a range of the user's as Keras's colour maths has them: from 0 to 255.
class ValueRange {
 public:
  explicit ValueRange(const Factor& range) : low_(range.low), high_(range.high) {}
  template <class T>
  T to_255(T v) const {
    return as_is() ? v : (v - static_cast<T>(low_)) / static_cast<T>(high_ - low_) * T(255);
  }
  template <class T>
  T from_255(T v) const {
    return as_is() ? v : v / T(255) * static_cast<T>(high_ - low_) + static_cast<T>(low_);
  }

 private:
  bool as_is() const { return low_ == 0.0 && high_ == 255.0; }
  double low_, high_;
};

/// `factor` as Keras keeps it: two ends in order, within the bounds; one number stands for both sides of 0.
/// Throws ValueError, naming the layer.
Factor resolve_factor(const Layer& layer, const Factor& factor, const char* argument, Number lowest,
                      Number highest);

}  // namespace rhyton::ops
