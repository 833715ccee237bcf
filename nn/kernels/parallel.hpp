#pragma once
/// @file parallel.hpp  Loops over the threads that `set_threads` allows.
#include <algorithm>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// In how many parts `parallel_for` would cut: for loops whose parts need memory of their own.
inline Dim part_count(Dim n, Dim grain) {
  return std::clamp<Dim>(n / std::max<Dim>(grain, 1), 1, std::max(get_threads(), 1));
}

/// Calls `f(begin, end)` on parts of [0, n), each of at least `grain` items, on several threads where that
/// pays.
template <class F>
void parallel_for(Dim n, [[maybe_unused]] Dim grain, F&& f) {
  if (n <= 0) return;
#ifdef _OPENMP
  const Dim parts = std::min<Dim>(get_threads(), n / std::max<Dim>(grain, 1));
  if (parts > 1) {
#pragma omp parallel for num_threads(static_cast <int>(parts)) schedule(static, 1)
    for (Dim i = 0; i < parts; ++i) f(n * i / parts, n * (i + 1) / parts);
    return;
  }
#endif
  f(Dim{0}, n);
}

}  // namespace rhyton
