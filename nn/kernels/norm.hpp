#pragma once
/// @file norm.hpp  Normalization of every sample on its own, as planned kernels: over rows (layer, RMS, unit
/// normalization) and over groups of channels.
#include <memory>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// What a row x of n numbers is scaled by, r:
/// layer: y = (x - m) r, r = 1 / sqrt(variance + epsilon);
/// layer_scale: y = x r with layer's r (Keras's `rms_scaling`);
/// rms: y = x r, r = 1 / sqrt(sum(x^2) / n + epsilon);
/// unit: y = x r, r = 1 / sqrt(max(sum(x^2), epsilon)).
enum class RowNormKind { layer, layer_scale, rms, unit };

/// x is seen as (rows, size); gamma and beta have `size` numbers.
struct RowNormDesc {
  RowNormKind kind = RowNormKind::layer;
  Dim rows = 0, size = 0;
  double epsilon = 1e-3;
  KernelOptions options{};
};

class RowNormKernel : public Kernel {
 public:
  /// y = gamma y' + beta, y' as RowNormKind says; gamma, beta may be absent. `statistics` (rows, 2) receives
  /// m and r for `backward`, if it is there. y may be x.
  virtual void forward(ConstView x, ConstView gamma, ConstView beta, View statistics, View y) = 0;
  /// dx may be dy.
  virtual void backward(ConstView x, ConstView gamma, ConstView statistics, ConstView dy, View dx,
                        GradTarget dgamma, GradTarget dbeta) = 0;
};

std::unique_ptr<RowNormKernel> make_row_norm(const RowNormDesc& desc);

/// x is seen as (batch, outer, channels, inner): channels_last has inner == 1, channels_first outer == 1.
/// Neighbouring channels form `groups`, each normalized with its moments over outer and inner.
struct GroupNormDesc {
  Dim batch = 0, outer = 1, channels = 0, inner = 1, groups = 1;
  double epsilon = 1e-3;
  KernelOptions options{};
};

class GroupNormKernel : public Kernel {
 public:
  /// y = gamma[c] (x - m) r + beta[c]; `statistics` (batch, groups, 2) receives m and r, if it is there.
  virtual void forward(ConstView x, ConstView gamma, ConstView beta, View statistics, View y) = 0;
  /// dx may be dy.
  virtual void backward(ConstView x, ConstView gamma, ConstView statistics, ConstView dy, View dx,
                        GradTarget dgamma, GradTarget dbeta) = 0;
};

std::unique_ptr<GroupNormKernel> make_group_norm(const GroupNormDesc& desc);

}  // namespace rhyton
