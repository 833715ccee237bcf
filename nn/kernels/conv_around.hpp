#pragma once
/// @file conv_around.hpp  Base of convolutions that do something to x around another one. Only for the .cpp
/// files of kernels.
#include <memory>
#include <utility>

#include "nn/kernels/conv.hpp"

namespace rhyton {

class ConvAround : public ConvKernel {
 public:
  const char* implementation() const override { return kernel_->implementation(); }
  void weights_changed() override { kernel_->weights_changed(); }
  bool keeps_weights() const override { return kernel_->keeps_weights(); }

 protected:
  /// `shape`: of the x that `kernel` takes.
  ConvAround(const Shape& shape, std::unique_ptr<ConvKernel> kernel)
      : shape_(shape), kernel_(std::move(kernel)) {}

  Shape shape_;
  std::unique_ptr<ConvKernel> kernel_;
};

}  // namespace rhyton
