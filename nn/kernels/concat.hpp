#pragma once
/// @file concat.hpp  Joining tensors along an axis and taking them apart again: copies of columns.
#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// Both tensors are seen as rows (all dimensions before the axis): `width` bytes of each row of `from`, from
/// `from_offset` on, go to `to_offset` of the same row of `to`. Not for text.
void copy_columns(ConstView from, Dim from_row, Dim from_offset, View to, Dim to_row, Dim to_offset,
                  Dim width);

/// `width` bytes of each row get the value `byte`.
void fill_columns(View to, Dim to_row, Dim to_offset, Dim width, unsigned char byte);

}  // namespace rhyton
