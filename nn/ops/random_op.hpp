#pragma once
/// @file random_op.hpp  What layers that disturb their input in training share, as steps.
#include "nn/kernels/random_mask.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// Throws ValueError, naming the layer, unless 0 <= value <= 1.
void check_rate(const Layer& layer, const char* argument, double value);

/// Dropout's shape of random numbers: sizes, unknown where the input's are to be taken; none: the input's.
using NoiseShape = std::optional<Shape>;
void check_noise_shape(const Layer& layer, const NoiseShape& noise);
/// For an input of shape x; throws ValueError, naming the layer, where it cannot be broadcast to x.
Shape resolve_noise_shape(const Layer& layer, const NoiseShape& noise, const Shape& x);

/// y = scale x + shift for the elements that are kept, `value` for the others; one decision for each element
/// of the noise.
struct Drop {
  double rate = 0.0, scale = 1.0, shift = 0.0, value = 0.0;
};
/// Kept elements are divided by 1 - rate.
Drop plain_drop(double rate);
void prepare_drop(Prepare& p, const Shape& noise);
void call_drop(Call& c, const Drop& drop, const Shape& noise, Rng rng);
void backward_drop(Backward& b, const Drop& drop);

/// y = x + n or y = x n, n drawn from N(mean, stddev^2) for every element.
struct Noise {
  bool multiply = false;
  double mean = 0.0, stddev = 0.0;
};
/// Without training and at stddev 0, the output is the input.
void prepare_noise(Prepare& p, const Noise& noise);
void call_noise(Call& c, const Noise& noise, Rng rng);
void backward_noise(Backward& b, const Noise& noise);

}  // namespace rhyton::ops
