#pragma once
/// @file row_norm_op.hpp  Normalization of each sample along any axes, as a step: layer, RMS and unit
/// normalization.
#include "nn/arguments.hpp"
#include "nn/kernels/norm.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// Weights by their numbers, -1 if absent; they have the sizes of the axes.
struct RowNorm {
  RowNormKind kind = RowNormKind::layer;
  double epsilon = 1e-3;
  const AxisList& axes;
  int gamma = -1, beta = -1;
};

/// Takes saved buffer 0; axes that are not the last ones are brought there and back in scratch memory.
void prepare_row_norm(Prepare& p, const RowNorm& norm);
void call_row_norm(Call& c, const RowNorm& norm);
void backward_row_norm(Backward& b, const RowNorm& norm);

/// The sizes of the axes, for weights; throws ValueError, naming the layer, where one is unknown or out of
/// range.
Shape known_axes(const Layer& layer, const AxisList& axes, const Shape& x);
/// Throws ValueError where an axis is out of range, or differs from what a weight was built for.
void check_axes(const Layer& layer, const AxisList& axes, const Shape& x);

}  // namespace rhyton::ops
