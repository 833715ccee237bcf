#pragma once
/// @file noise_op.hpp  Layers that disturb their input in training and leave it alone otherwise, as steps.
#include <optional>

#include "nn/layer.hpp"

namespace rhyton::ops {

/// y = slope x + shift where an element is kept, `dropped` where it is not. `noise` is the shape of what is
/// drawn, 1 where it repeats along an axis; unknown axes are the input's.
struct Dropping {
  double rate = 0.0;
  std::optional<Shape> noise = {};
  double slope = 1.0, shift = 0.0, dropped = 0.0;
};
/// Kept elements are divided by 1 - rate.
Dropping dropout(double rate, std::optional<Shape> noise = {});

void prepare_dropping(Prepare& p, const Dropping& d);
void call_dropping(Call& c, const Dropping& d);
void backward_dropping(Backward& b, const Dropping& d);

/// y = x + n or y = x n, n drawn from N(mean, stddev^2) for every element.
struct Noise {
  bool multiply = false;
  double mean = 0.0, stddev = 0.0;
};
void prepare_noise(Prepare& p, const Noise& noise);
void call_noise(Call& c, const Noise& noise);
void backward_noise(Backward& b, const Noise& noise);

/// Throws ValueError, naming the layer, unless 0 <= value <= 1.
void check_rate(const Layer& layer, const char* argument, double value);
/// Throws ValueError unless all sizes are positive or unknown.
void check_noise_shape(const Layer& layer, const std::optional<Shape>& noise);
/// Fills a boolean view: false with probability `rate`.
void draw_kept(Rng rng, double rate, View kept);

}  // namespace rhyton::ops
