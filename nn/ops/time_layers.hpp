#pragma once
/// @file time_layers.hpp  Small steps along the time axis, of which loops and wrappers are made when they
/// expand.
#include "nn/layer.hpp"

namespace rhyton::ops {

/// (batch, steps, ...) -> one (batch, ...) for every step.
SymbolicTensors unstack_time(const SymbolicTensor& x);
/// The inverse.
SymbolicTensor stack_time(const SymbolicTensors& steps);
/// Rows of `x` where mask (batch, steps) is true at `step`, rows of `otherwise` (empty: zeros) elsewhere. A
/// mask (batch, steps, positions...) chooses positions of rows (positions..., numbers...) one by one.
SymbolicTensor select_rows(const SymbolicTensor& mask, Dim step, const SymbolicTensor& x,
                           const SymbolicTensor& otherwise);
/// Zeros (batch, row...), for the batch of `x`.
SymbolicTensor zero_rows(const SymbolicTensor& x, const Shape& row);
/// The present value of a state that a weight holds between calls.
SymbolicTensor read_state(const SymbolicTensor& x, const std::shared_ptr<Weight>& state);
/// y itself; `values` are what the states hold from the next call on.
SymbolicTensor keep_states(const SymbolicTensor& y, const SymbolicTensors& values,
                           const std::vector<std::shared_ptr<Weight>>& states);
/// Factors (batch, row...) of dropout: 0 at `rate`, else 1 / (1 - rate).
SymbolicTensor drop_factors(const SymbolicTensor& x, const Shape& row, double rate);
/// x (batch, row...) or (batch, steps, row...) times factors (batch, row...).
SymbolicTensor scale_steps(const SymbolicTensor& x, const SymbolicTensor& factors);
/// The steps in the opposite order.
SymbolicTensor reverse_time(const SymbolicTensor& x);
/// (batch, steps, ...) -> (batch * steps, ...), the same bytes.
SymbolicTensor merge_time(const SymbolicTensor& x);
/// (batch * steps, ...) -> (batch, steps, ...).
SymbolicTensor split_time(const SymbolicTensor& x, Dim steps);

}  // namespace rhyton::ops
