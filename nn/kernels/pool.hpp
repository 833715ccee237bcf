#pragma once
/// @file pool.hpp  Max and average pooling in 1 to 3 dimensions as planned kernels.
#include "nn/kernels/conv.hpp"

namespace rhyton {

enum class PoolKind { max, average };

/// Layouts as in ConvDesc. Max ignores padding; average divides by the number of real cells (Keras).
struct PoolDesc {
  PoolKind kind = PoolKind::max;
  int rank = 2;
  Dim batch = 0, channels = 0;
  Spatial in{1, 1, 1}, window{1, 1, 1}, out{1, 1, 1}, strides{1, 1, 1};
  Spatial pad_before{0, 0, 0}, pad_after{0, 0, 0};
  bool channels_first = false;
  KernelOptions options{};
};

class PoolKernel : public Kernel {
 public:
  /// Max with `options.training` remembers in `argmax` (argmax_bytes() bytes; the first maximum on ties).
  virtual void forward(ConstView x, View y, void* argmax) = 0;
  /// dx is assigned.
  virtual void backward(ConstView dy, const void* argmax, View dx) = 0;
  /// Size of what forward leaves for backward; 0 for average.
  virtual std::size_t argmax_bytes() const = 0;
};

std::unique_ptr<PoolKernel> make_pool(const PoolDesc& desc);

}  // namespace rhyton
