#pragma once
/// @file embedding_op.hpp  Rows of a table by their indices, as a step.
#include "nn/layer.hpp"

namespace rhyton::ops {

/// y[i] = table[x[i]]; throws ValueError, naming the layer, on an index that the table does not have.
void call_embedding(const Layer& layer, Call& c, int table);
void backward_embedding(Backward& b, int table);
/// The mask of `mask_zero`: false where the index is 0.
void mask_zeros(Call& c);

}  // namespace rhyton::ops
