#pragma once
/// @file bf16_product.hpp  Products of bfloat16 pairs summed in float32, for CPUs that have the instructions:
/// with 8 bits of each factor, at twice the rate of float32 or more. Float matrices are rounded as they are
/// packed.
#include <cstdint>

#include "nn/tensor/shape.hpp"

namespace rhyton::vector::bf16 {

/// True where they are faster than products of float32: by tiles (AMX), or by AVX512_BF16 unless it is
/// Intel's, which takes one such instruction for two of float32's.
bool available();
/// The same in training, where the gradients of weights do not go by tiles.
bool available_in_training();

/// Two neighbours of a row (a) or of a column (b).
using Pair = std::uint32_t;
inline Dim pairs(Dim k) { return (k + 1) / 2; }

/// b (k, n) in panels (see Panels) of pairs(k) rows; n is a multiple of 16.
void pack(const float* b, Dim k, Dim n, Pair* panels);
/// The same of a b given by its transpose w (n, k).
void pack_transposed(const float* w, Dim k, Dim n, Pair* panels);
/// One row of k numbers.
void convert(const float* x, Dim k, Pair* row);
/// c (m, n) (+)= a b; b is a panel of n <= 64 columns, pair p of a's row i is a[i * a_row + p * a_column],
/// row i of c begins at c + i * c_row.
void strip_product(Dim m, Dim n, Dim pairs, const Pair* a, Dim a_row, Dim a_column, const Pair* b, float* c,
                   Dim c_row, bool accumulate);

}  // namespace rhyton::vector::bf16
