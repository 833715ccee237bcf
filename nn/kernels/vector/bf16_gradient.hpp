#pragma once
/// @file bf16_gradient.hpp  The weight gradient of a product y = x w by products of bfloat16 pairs.
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/vector/bf16_product.hpp"

namespace rhyton::vector::bf16 {

/// dw (inputs, units) (+)= x^T dz for x (rows, inputs) and dz (rows, units); inputs and units are multiples
/// of 16.
class WeightGradient {
 public:
  WeightGradient(Dim rows, Dim inputs, Dim units) : rows_(rows), inputs_(inputs), units_(units) {}
  void run(const float* x, const float* dz, float* dw, bool accumulate);

 private:
  /// Adds what the packed rows [0, n) give to the tiles of dw.
  void add_rows(Dim n, const Pair* x, const Pair* dz, float* dw, bool accumulate) const;

  Dim rows_, inputs_, units_;
  Scratch x_, dz_;
};

}  // namespace rhyton::vector::bf16
