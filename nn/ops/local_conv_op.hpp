#pragma once
/// @file local_conv_op.hpp  Convolutions with weights of their own for every place, as steps.
#include "nn/ops/conv_op.hpp"

namespace rhyton::ops {

/// z[n, p, f] = sum over k of patch[n, p, k] W[p, k, f] + b[p, f] at every place p. Weights: kernel (places,
/// size of the window times channels, filters); bias of y's size without the batch, in y's order.
struct LocalConv {
  LocalConv(const Layer& layer, const Window& window, const Shape& x, Dim filters);
  Dim places() const { return out[0] * out[1]; }
  Dim features() const { return size[0] * size[1] * channels; }

  Dim batch = 0, channels = 0, filters = 0;
  std::array<Dim, 2> in{1, 1}, out{1, 1}, size{1, 1}, strides{1, 1};
  bool channels_first = false;
};

void prepare_local_conv(Prepare& p, const LocalConv& conv, const ActivationFn& f);
void call_local_conv(Call& c, const LocalConv& conv, int kernel, const ActivationFn& f, int bias);
void backward_local_conv(Backward& b, const LocalConv& conv, int kernel, const ActivationFn& f, int bias);

}  // namespace rhyton::ops
