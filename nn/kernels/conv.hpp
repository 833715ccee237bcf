#pragma once
/// @file conv.hpp  Convolution in 1 to 3 dimensions as a planned kernel: plain, grouped, depthwise and
/// transposed.
#include <array>
#include <memory>

#include "nn/kernels/activation.hpp"

namespace rhyton {

using Spatial = std::array<Dim, 3>;
/// The product of the first `rank` sizes.
inline Dim volume(const Spatial& sizes, int rank) {
  Dim product = 1;
  for (int i = 0; i < rank; ++i) product *= sizes[static_cast<std::size_t>(i)];
  return product;
}

/// Spatial sizes fill the first `rank` entries; the others are not looked at. Keras's layouts: x (batch,
/// spatial..., in) or channels_first (batch, in, spatial...); w (spatial..., in / groups, filters), no flip;
/// y like x.
struct ConvDesc {
  int rank = 2;
  Dim batch = 0, in_channels = 0, filters = 0, groups = 1;
  Spatial in{1, 1, 1}, kernel{1, 1, 1}, out{1, 1, 1};
  Spatial strides{1, 1, 1}, dilation{1, 1, 1};
  Spatial pad_before{0, 0, 0}, pad_after{0, 0, 0};  ///< zeros around x; may be negative for a crop
  bool channels_first = false;
  bool bias = true;
  /// Depthwise: groups == in_channels and w is (spatial..., in, multiplier), filters == in * multiplier.
  bool depthwise = false;
  ActivationSpec activation{};  ///< element-wise only; fused where the engine can
  bool add = false;             ///< y = f(conv + b + z): the residual z, of y's shape, comes into `forward`
  KernelOptions options{};
};

class ConvKernel : public Kernel {
 public:
  /// y = f(x * w + b [+ z]); absent `b` and `z` where the description has none.
  virtual void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) = 0;
  /// From dz, the gradient before the activation: dx, dw, db. Absent targets are not computed. dx is
  /// assigned.
  virtual void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) = 0;
};

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc);

/// Transposed convolution: the gradient of a convolution with respect to its input, used forward. In `desc`,
/// `in` and `in_channels` are those of the transposed convolution's x, `out` and `filters` of its y; w is
/// (spatial..., filters / groups, in). `pad_before` is cut from the full result's begin (y[o] = full[o +
/// pad_before], zeros beyond).
std::unique_ptr<ConvKernel> make_conv_transpose(const ConvDesc& desc);

}  // namespace rhyton
