#pragma once
/// @file positions.hpp  Orders of positions, where what stands there is not moved.
#include <cstddef>
#include <functional>
#include <vector>

namespace rhyton {

/// Puts positions into the order of what stands there; equal ones stay in theirs. The standard library's sort
/// is long: this is compiled once for all orders.
void sort_positions(std::vector<std::size_t>& positions,
                    const std::function<bool(std::size_t, std::size_t)>& before);

}  // namespace rhyton
