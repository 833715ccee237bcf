#pragma once
/// @file adaptive_pool.hpp  Pooling to a given number of cells.
#include "nn/kernels/pool.hpp"

namespace rhyton {

/// Cell i of m over n cells is made of [floor(i n / m), ceil((i + 1) n / m)) in each of `rank` dimensions.
/// Max writes to `argmax` (int32, y's shape) which cell of x's image was the largest, the first on ties;
/// average does not use it. float32 or float64; channels_first or last as in PoolDesc.
void adaptive_pool(PoolKind kind, int rank, bool channels_first, ConstView x, View y, View argmax);
/// dx is assigned.
void adaptive_pool_gradient(PoolKind kind, int rank, bool channels_first, ConstView dy, ConstView argmax,
                            View dx);

}  // namespace rhyton
