#pragma once
/// @file mask_layers.hpp  Layers inside layers made of layers: a mask as a tensor, and a tensor given a mask.
#include "nn/layer.hpp"

namespace rhyton::ops {

/// The mask that `x` carries, as a boolean tensor.
SymbolicTensor mask_of(const SymbolicTensor& x);
/// x, carrying `mask`.
SymbolicTensor with_mask(const SymbolicTensor& x, const SymbolicTensor& mask);

}  // namespace rhyton::ops
