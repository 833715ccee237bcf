#pragma once
/// @file time_layers.hpp  Small steps along the time axis, of which loops and wrappers are made when they
/// expand.
#include "nn/layer.hpp"

namespace rhyton::ops {

/// (batch, steps, ...) -> one (batch, ...) for every step.
SymbolicTensors unstack_time(const SymbolicTensor& x);
/// The inverse.
SymbolicTensor stack_time(const SymbolicTensors& steps);
/// Rows of `x` where mask (batch, steps) is true at `step`, rows of `otherwise` (empty: zeros) elsewhere.
SymbolicTensor select_rows(const SymbolicTensor& mask, Dim step, const SymbolicTensor& x,
                           const SymbolicTensor& otherwise);
/// Zeros (batch, size), for the batch of `x`.
SymbolicTensor zero_rows(const SymbolicTensor& x, Dim size);
/// The steps in the opposite order.
SymbolicTensor reverse_time(const SymbolicTensor& x);
/// (batch, steps, ...) -> (batch * steps, ...), the same bytes.
SymbolicTensor merge_time(const SymbolicTensor& x);
/// (batch * steps, ...) -> (batch, steps, ...).
SymbolicTensor split_time(const SymbolicTensor& x, Dim steps);

}  // namespace rhyton::ops
