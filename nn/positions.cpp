#include "nn/positions.hpp"

#include <algorithm>

namespace rhyton {

void sort_positions(std::vector<std::size_t>& positions,
                    const std::function<bool(std::size_t, std::size_t)>& before) {
  std::stable_sort(positions.begin(), positions.end(),
                   [&](std::size_t a, std::size_t b) { return before(a, b); });
}

}  // namespace rhyton
