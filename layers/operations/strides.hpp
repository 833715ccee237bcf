#pragma once
/// @file strides.hpp  Walking several broadcast tensors at once.
#include <array>

#include "nn/tensor/shape.hpp"

namespace rhyton::detail {

/// Element steps of a tensor of `shape` seen as `whole`: 0 along dimensions that are broadcast.
inline std::array<Dim, Shape::max_rank> broadcast_strides(const Shape& shape, const Shape& whole) {
  std::array<Dim, Shape::max_rank> out{};
  Dim step = 1;
  for (int i = shape.rank() - 1, w = whole.rank() - 1; i >= 0; --i, --w) {
    out[static_cast<std::size_t>(w)] = shape[i] == 1 ? 0 : step;
    step *= shape[i];
  }
  return out;
}

/// Calls f(i, offsets...) for every element i of `whole` in order, with each tensor's offset.
template <std::size_t N, class F>
void for_each_broadcast(const Shape& whole, const std::array<std::array<Dim, Shape::max_rank>, N>& strides,
                        F&& f) {
  const Dim size = whole.size();
  std::array<Dim, Shape::max_rank> index{};
  std::array<Dim, N> offset{};
  for (Dim i = 0; i < size; ++i) {
    f(i, offset);
    for (int axis = whole.rank() - 1; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      for (std::size_t n = 0; n < N; ++n) offset[n] += strides[n][a];
      if (++index[a] < whole[axis]) break;
      for (std::size_t n = 0; n < N; ++n) offset[n] -= strides[n][a] * whole[axis];
      index[a] = 0;
    }
  }
}

}  // namespace rhyton::detail
