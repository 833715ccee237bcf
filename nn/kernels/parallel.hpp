#pragma once
/// @file parallel.hpp  Loops over the threads that `set_threads` allows.
#include <algorithm>
#include <memory>
#include <type_traits>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// In how many parts `parallel_for` would cut: for loops whose parts need memory of their own.
inline Dim part_count(Dim n, Dim grain) {
  return std::clamp<Dim>(n / std::max<Dim>(grain, 1), 1, std::max(get_threads(), 1));
}

namespace detail {
/// Calls `body(context, begin, end)` on the parts.
void run_parts(Dim n, Dim grain, void (*body)(void*, Dim, Dim), void* context);
}  // namespace detail

/// Calls `f(begin, end)` on parts of [0, n), each of at least `grain` items, on several threads where that
/// pays. By a pointer, so that the loop in `f` is compiled once, not for one thread and for several.
template <class F>
void parallel_for(Dim n, Dim grain, F&& f) {
  using Body = std::remove_reference_t<F>;
  detail::run_parts(
      n, grain, [](void* body, Dim begin, Dim end) { (*static_cast<Body*>(body))(begin, end); },
      const_cast<void*>(static_cast<const void*>(std::addressof(f))));
}

}  // namespace rhyton
