#pragma once
/// @file batch_norm.hpp  Batch normalization over (outer, channels, inner) as a planned kernel.
#include <memory>

#include "nn/kernels/activation.hpp"

namespace rhyton {

/// x is seen as (outer, channels, inner): channels_last has inner == 1.
struct BatchNormDesc {
  Dim outer = 0, channels = 0, inner = 1;
  double epsilon = 1e-3;
  ActivationSpec activation{};  ///< element-wise, fused behind
  KernelOptions options{};
};

class BatchNormKernel : public Kernel {
 public:
  /// With the batch's own moments, which are written to `mean` and `variance` (channels; biased). gamma, beta
  /// may be absent.
  virtual void forward_training(ConstView x, ConstView gamma, ConstView beta, View mean, View variance,
                                View y) = 0;
  /// With given moments.
  virtual void forward_inference(ConstView x, ConstView gamma, ConstView beta, ConstView mean,
                                 ConstView variance, View y) = 0;
  /// `dz` is the gradient before the activation; mean and variance as forward wrote them. `frozen`: the
  /// moments were given, so no gradient flows through them.
  virtual void backward(ConstView x, ConstView gamma, ConstView mean, ConstView variance, ConstView dz,
                        bool frozen, View dx, GradTarget dgamma, GradTarget dbeta) = 0;
};

std::unique_ptr<BatchNormKernel> make_batch_norm(const BatchNormDesc& desc);

}  // namespace rhyton
