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

template <class Body>
void run_part(void* body, Dim begin, Dim end) {
  (*static_cast<Body*>(body))(begin, end);
}
template <class Body>
[[gnu::cold]] void run_rare_part(void* body, Dim begin, Dim end) {
  (*static_cast<Body*>(body))(begin, end);
}
}  // namespace detail

/// Calls `f(begin, end)` on parts of [0, n), each of at least `grain` items, on several threads where that
/// pays. By a pointer, so that the loop in `f` is compiled once, not for one thread and for several. `T` is
/// the type of the elements: loops over those that are seldom used are made small (see `is_rare`).
template <class T = float, class F>
void parallel_for(Dim n, Dim grain, F&& f) {
  using Body = std::remove_reference_t<F>;
  void* const body = const_cast<void*>(static_cast<const void*>(std::addressof(f)));
  if constexpr (is_rare<T>)
    detail::run_parts(n, grain, detail::run_rare_part<Body>, body);
  else
    detail::run_parts(n, grain, detail::run_part<Body>, body);
}

}  // namespace rhyton
