#pragma once
/// @file batch_norm_relu.hpp  Batch normalization with relu behind it, in training: no pass over memory for
/// relu.
#include "nn/kernels/batch_norm.hpp"

namespace rhyton {

/// `forward_training` and `forward_inference` apply relu.
class BatchNormReluKernel : public BatchNormKernel {
 public:
  /// As `backward`, from dy behind relu; `y` is what forward wrote.
  virtual void backward_relu(ConstView x, ConstView gamma, ConstView mean, ConstView variance, ConstView y,
                             ConstView dy, bool frozen, View dx, GradTarget dgamma, GradTarget dbeta) = 0;
};

/// `desc.activation` is set to relu.
std::unique_ptr<BatchNormReluKernel> make_batch_norm_relu(BatchNormDesc desc);

}  // namespace rhyton
