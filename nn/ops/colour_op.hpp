#pragma once
/// @file colour_op.hpp  Random changes of images' colours as steps: a share of grey, or a choice for each
/// image.
#include "nn/ops/random_image.hpp"

namespace rhyton::ops {

/// One number an image, saved: 1 for the images that are chosen, with a probability that is itself uniform in
/// [low, high), else 0. Prepared by `prepare_random_factor`.
View draw_random_choice(Call& c, DataFormat format, Rng rng, double low, double high);

/// y = x + share (grey - x), grey = 0.2989 r + 0.587 g + 0.114 b; one share an image.
void mix_grey(ConstView x, DataFormat format, ConstView shares, View y);
/// dx, which may be dy.
void mix_grey_backward(ConstView dy, DataFormat format, ConstView shares, View dx);
/// Throws ValueError, naming the layer, where the number of channels is known and not 3.
void check_colours(const Layer& layer, DataFormat format, const Shape& x);

}  // namespace rhyton::ops
