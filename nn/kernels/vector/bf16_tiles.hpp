#pragma once
/// @file bf16_tiles.hpp  Products of bfloat16 by tiles (AMX), at several times the rate of float32.
#include "nn/kernels/vector/bf16_product.hpp"

namespace rhyton::vector::bf16::tiles {

/// Rows of a tile, and pairs in each.
constexpr Dim size = 16;

/// True where the CPU has tiles and the system lets this process use them.
bool available();
/// As `strip_product` with a_column 1; m is a multiple of `size`.
void product(Dim m, Dim n, Dim pairs, const Pair* a, Dim a_row, const Pair* b, float* c, Dim c_row,
             bool accumulate);

}  // namespace rhyton::vector::bf16::tiles
