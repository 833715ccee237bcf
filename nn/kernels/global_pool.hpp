#pragma once
/// @file global_pool.hpp  Mean and maximum over all cells between batch and channels.
#include "nn/kernels/pool.hpp"

namespace rhyton {

/// x is (batch, cells..., channels), or (batch, channels, cells...) with channels_first; y has batch x
/// channels elements. `mask` (boolean, (batch, cells); means only) leaves cells out; it may be absent.
void global_pool(PoolKind kind, bool channels_first, ConstView x, ConstView mask, View y);
/// dx is assigned. The gradient of a maximum goes in equal parts to all cells that tie. x, y are read for
/// maxima only.
void global_pool_gradient(PoolKind kind, bool channels_first, ConstView x, ConstView mask, ConstView y,
                          ConstView dy, View dx);

}  // namespace rhyton
