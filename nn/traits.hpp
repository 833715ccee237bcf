#pragma once
/// @file traits.hpp  What a layer says of itself in the terms of a kernel family. Passes over a program read
/// these to fuse and trim steps without knowing any layer.
#include <variant>

#include "nn/kernels/activation.hpp"
#include "nn/kernels/batch_norm.hpp"
#include "nn/kernels/box.hpp"
#include "nn/kernels/conv.hpp"
#include "nn/kernels/dense.hpp"
#include "nn/kernels/pool.hpp"

namespace rhyton {

/// y = f(x W + b) along the last axis; weights by their numbers, -1 if absent.
struct DenseTraits {
  int kernel = 0, bias = -1;
  Dim units = 0;
  ActivationSpec activation;
};
/// A convolution; `desc` without options.
struct ConvTraits {
  ConvDesc desc;
  int kernel = 0, bias = -1;
};
/// An activation function on its own.
struct ActivationTraits {
  ActivationSpec activation;
};
/// Batch normalization over `axis`; `frozen`: with its moving moments even in training.
struct BatchNormTraits {
  int axis = -1;
  double epsilon = 1e-3;
  int gamma = -1, beta = -1, mean = 0, variance = 0;
  bool frozen = false;
};
/// Max or average pooling; `desc` without options.
struct PoolTraits {
  PoolDesc desc;
};
/// A box copy (cropping with positive, padding with negative offsets); the output's shape is the step's.
struct BoxTraits {
  Shape offset;
  double value = 0.0;
};
/// The sum of inputs of one shape.
struct AddTraits {};
/// The output is the input's bytes.
struct AliasTraits {};

using Traits = std::variant<std::monostate, DenseTraits, ConvTraits, ActivationTraits, BatchNormTraits,
                            PoolTraits, BoxTraits, AddTraits, AliasTraits>;

}  // namespace rhyton
