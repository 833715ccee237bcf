#pragma once
/// @file lane_sum.hpp  Sums by many partial sums at once, which the compiler may not form by itself: faster
/// than one sum in order, and with smaller rounding errors.
#include "nn/kernels/simd.hpp"
#include "nn/tensor/shape.hpp"

namespace rhyton::simd {

/// 64 bytes of any real type.
template <class T>
struct WideOf {
  typedef T type __attribute__((vector_size(64)));
};
template <class T>
using Wide = typename WideOf<T>::type;
template <class T>
inline constexpr Dim width = static_cast<Dim>(64 / sizeof(T));

template <class T>
RHYTON_INLINE Wide<T> load_wide(const T* p) {
  Wide<T> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

/// The sum of all lanes, by halves.
template <class T>
RHYTON_INLINE T sum(const Wide<T>& v) {
  T part[width<T>];
  std::memcpy(part, &v, sizeof part);
  for (Dim half = width<T> / 2; half > 0; half /= 2)
    for (Dim i = 0; i < half; ++i) part[i] += part[i + half];
  return part[0];
}

/// The sum over i < n of f(p[i]...); f takes numbers and vectors alike.
template <class T, class F, class... P>
RHYTON_INLINE T sum_of(Dim n, F&& f, const P*... p) {
  constexpr Dim w = width<T>;
  Wide<T> a{}, b{}, c{}, d{};
  Dim i = 0;
  for (; i + 4 * w <= n; i += 4 * w) {
    a += f(load_wide(p + i)...);
    b += f(load_wide(p + i + w)...);
    c += f(load_wide(p + i + 2 * w)...);
    d += f(load_wide(p + i + 3 * w)...);
  }
  for (; i + w <= n; i += w) a += f(load_wide(p + i)...);
  T total = sum<T>((a + b) + (c + d));
  for (; i < n; ++i) total += f(p[i]...);
  return total;
}

}  // namespace rhyton::simd
