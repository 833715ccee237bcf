#pragma once
/// @file repeat_op.hpp  What the upsampling layers share: every cell repeated along the spatial dimensions.
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// Throws ValueError, naming the layer, unless all factors are positive.
void check_factors(const Layer& layer, const Spatial& size, int rank);
/// Spatial dimensions times their factors; unknown ones stay so. Throws ValueError on overflow.
Shape repeated_shape(const Layer& layer, const Shape& x, const Spatial& size, int rank, bool channels_first);
void call_repeat(Call& c, const Spatial& size, int rank, bool channels_first);
void backward_repeat(Backward& b, const Spatial& size, int rank, bool channels_first);

}  // namespace rhyton::ops
