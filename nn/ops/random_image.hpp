#pragma once
/// @file random_image.hpp  Random changes of images as steps: what is drawn for each image is saved for the
/// gradient.
#include <array>

#include "nn/kernels/warp.hpp"
#include "nn/ops/image_layer.hpp"
#include "nn/rng.hpp"

namespace rhyton::ops {

struct RandomAffine {
  DataFormat format;
  bool bilinear = true;
  FillMode fill_mode = FillMode::reflect;
  double fill_value = 0.0;
  Dim numbers = 6;  ///< of a map (see WarpDesc)
};

/// Checks Keras's arguments of layers that move pixels; throws ValueError, naming the layer.
RandomAffine random_affine(const Layer& layer, DataFormat format, const std::string& interpolation,
                           const std::string& fill_mode, double fill_value);

/// Saved buffer 0: the maps.
void prepare_random_affine(Prepare& p, const RandomAffine& a);
/// `draw(image, rng, map)` for every image.
template <class Draw>
void call_random_affine(Call& c, const RandomAffine& a, const Rng& rng, Draw&& draw);
void backward_random_affine(Backward& b, const RandomAffine& a);

/// So many numbers an image, saved for the gradient.
void prepare_image_numbers(Prepare& p, DataFormat format, Dim numbers);

/// Calls f(image, offsets of the three colours) for every pixel.
template <class F>
void for_colours(const Shape& x, DataFormat format, F&& f) {
  const ImageLayout image(x, format);
  const Dim pixels = image.height * image.width, between = format.channels_first() ? pixels : 1;
  for (Dim n = 0; n < image.batch; ++n)
    for (Dim p = 0; p < pixels; ++p) {
      const Dim first = n * image.sample() + (format.channels_first() ? p : 3 * p);
      f(n, std::array<Dim, 3>{first, first + between, first + 2 * between});
    }
}

/// One number an image, saved: uniform in [low, high).
void prepare_random_factor(Prepare& p, DataFormat format);
View draw_random_factor(Call& c, DataFormat format, Rng rng, double low, double high);

/// y = clip(x, low, high) where x lies; dz = dy where y lies between the bounds, 0 elsewhere.
void clip(View y, double low, double high);
void clip_backward(ConstView y, ConstView dy, double low, double high, View dz);

namespace detail {
/// Where the numbers of each image go: the saved buffer, or scratch memory when no gradient follows.
View per_image(const Call& c, Dim images, Dim numbers);
WarpDesc describe(const RandomAffine& a, const Shape& x);
}  // namespace detail

template <class Draw>
void call_random_affine(Call& c, const RandomAffine& a, const Rng& rng, Draw&& draw) {
  const ImageLayout image(c.input().shape(), a.format);
  const View maps = detail::per_image(c, image.batch, a.numbers);
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim n = 0; n < image.batch; ++n) {
      Rng own = rng.split(static_cast<std::uint64_t>(n));
      double map[8];
      draw(image, own, map);
      for (Dim i = 0; i < a.numbers; ++i) maps.data<T>()[n * a.numbers + i] = static_cast<T>(map[i]);
    }
  });
  warp_forward(detail::describe(a, c.input().shape()), c.input(), maps, c.output());
}

/// Uniform in [low, high).
inline double draw_uniform(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }

}  // namespace rhyton::ops
