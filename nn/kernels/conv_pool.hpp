#pragma once
/// @file conv_pool.hpp  A convolution and the max pooling behind it in one planned kernel, which never writes
/// what lies between them.
#include "nn/kernels/conv.hpp"

namespace rhyton {

/// y = max over 2 x 2 windows, side by side, of f(x * w + b). Two dimensions, channels_last, float32.
/// `conv.out` is even: the pooling drops nothing. `conv.activation` is linear or relu, `conv.add` false.
struct ConvPoolDesc {
  ConvDesc conv;
};

class ConvPoolKernel : public Kernel {
 public:
  /// Size of what forward leaves for backward; 0 without `conv.options.training`.
  virtual std::size_t argmax_bytes() const = 0;
  virtual void forward(ConstView x, ConstView w, ConstView b, View y, void* argmax) = 0;
  /// `dy` is the gradient of y, `y` and `argmax` what forward wrote. Absent targets are not computed. dx is
  /// assigned.
  virtual void backward(ConstView x, ConstView w, ConstView y, ConstView dy, const void* argmax, View dx,
                        GradTarget dw, GradTarget db) = 0;
};

/// Null where the two kernels one after the other are as fast, or the description is not one of the above.
std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& desc);

}  // namespace rhyton
