#pragma once
/// @file resize.hpp  Images of another size, by interpolation, as a planned kernel.
#include <array>
#include <memory>
#include <string>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

enum class Interpolation { nearest, bilinear, bicubic, lanczos3, lanczos5 };
/// Keras's name; throws ValueError on any other.
Interpolation interpolation_from_string(const std::string& name);

/// Sizes are (height, width). Pixels are points at their centres (half-pixel); weights of pixels outside the
/// image go to those inside. bicubic: Keys's kernel with a = -0.5,
/// without `antialias` in steps of 1/1024 pixel.
struct ResizeDesc {
  Dim batch = 0, channels = 0;
  std::array<Dim, 2> in{1, 1}, out{1, 1};
  bool channels_first = false;
  Interpolation interpolation = Interpolation::bilinear;
  /// Widen the kernel where the image gets smaller.
  bool antialias = false;
  KernelOptions options{};
};

class ResizeKernel : public Kernel {
 public:
  virtual void forward(ConstView x, View y) = 0;
  /// dx is assigned.
  virtual void backward(ConstView dy, View dx) = 0;
};

std::unique_ptr<ResizeKernel> make_resize(const ResizeDesc& desc);

}  // namespace rhyton
