#include "nn/kernels/activation_axis.hpp"

#include <algorithm>
#include <vector>

#include "nn/kernels/activation_math.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

namespace vm = vector_math;

/// A tensor seen as (outer, length, inner) around the axis.
struct Lanes {
  Lanes(const Shape& shape, int axis) {
    const int at = normalize_axis(axis, shape.rank(), "axis");
    outer = shape.product(0, at);
    length = shape[at];
    inner = shape.product(at + 1, shape.rank());
  }
  Dim outer, length, inner;
};

/// Calls f(offset of the lane's first element) for each lane.
template <class T, class F>
void for_lanes(const Lanes& l, F&& f) {
  parallel_for<T>(l.outer, std::max<Dim>(1, 4096 / std::max<Dim>(l.length * l.inner, 1)),
                  [&](Dim begin, Dim end) {
                    for (Dim o = begin; o < end; ++o)
                      for (Dim i = 0; i < l.inner; ++i) f(o * l.length * l.inner + i);
                  });
}

/// The sum of `term(i)` in sixteen parts, so that the additions do not wait for each other.
template <class T, class F>
T sum(Dim n, F&& term) {
  constexpr int width = 16;
  T parts[width] = {};
  Dim i = 0;
  for (; i + width <= n; i += width)
#pragma GCC unroll 1
    for (int j = 0; j < width; ++j) parts[j] += term(i + j);
  for (; i < n; ++i) parts[0] += term(i);
  T total = 0;
  for (const T part : parts) total += part;
  return total;
}

template <class T>
T largest(const T* x, Dim n, Dim stride) {
  constexpr int width = 16;
  T parts[width];
  std::fill(parts, parts + width, x[0]);
  Dim i = 0;
  if (stride == 1)
    for (; i + width <= n; i += width)
#pragma GCC unroll 1
      for (int j = 0; j < width; ++j) parts[j] = x[i + j] > parts[j] ? x[i + j] : parts[j];
  for (; i < n; ++i) parts[0] = std::max(parts[0], x[i * stride]);
  return *std::max_element(parts, parts + width);
}

template <class T>
void softmax_lane(const T* x, T* y, Dim n, Dim s, bool logarithm) {
  const T best = largest(x, n, s);
  if (logarithm) {
    const T total = sum<T>(n, [&](Dim i) { return vm::exp(x[i * s] - best); });
    const T shift = best + std::log(total);
    for (Dim i = 0; i < n; ++i) y[i * s] = x[i * s] - shift;
    return;
  }
  if (s == 1)
    for (Dim i = 0; i < n; ++i) y[i] = vm::exp(x[i] - best);
  else
    for (Dim i = 0; i < n; ++i) y[i * s] = vm::exp(x[i * s] - best);
  const T scale = T(1) / sum<T>(n, [&](Dim i) { return y[i * s]; });
  for (Dim i = 0; i < n; ++i) y[i * s] *= scale;
}

template <class T>
void softmax_lane_backward(const T* y, const T* dy, T* dx, Dim n, Dim s, bool logarithm) {
  if (logarithm) {
    const T total = sum<T>(n, [&](Dim i) { return dy[i * s]; });
    for (Dim i = 0; i < n; ++i) dx[i * s] = dy[i * s] - vm::exp(y[i * s]) * total;
    return;
  }
  const T dot = sum<T>(n, [&](Dim i) { return y[i * s] * dy[i * s]; });
  for (Dim i = 0; i < n; ++i) dx[i * s] = y[i * s] * (dy[i * s] - dot);
}

/// The support of sparsemax in one lane: its indices by descending value, and the threshold as Keras computes
/// it (it sums the cumulative sums of the whole support).
template <class T>
struct SparsemaxSupport {
  SparsemaxSupport(const T* x, Dim n, Dim s) : order(sorted(n)) {
    for (Dim i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
    std::sort(order.begin(), order.end(),
              [&](Dim i, Dim j) { return x[i * s] != x[j * s] ? x[i * s] > x[j * s] : i < j; });
    T cumulative = 0, total = 0;
    for (Dim r = 1; r <= n; ++r) {
      const T v = x[order[static_cast<std::size_t>(r - 1)] * s];
      cumulative += v;
      if (!(v - (cumulative - T(1)) / static_cast<T>(r) > T(0))) continue;
      total += cumulative;
      ++size;
    }
    tau = (total - T(1)) / static_cast<T>(size);
  }
  /// The thread's own memory, kept from lane to lane.
  static std::vector<Dim>& sorted(Dim n) {
    static thread_local std::vector<Dim> indices;
    indices.resize(static_cast<std::size_t>(n));
    return indices;
  }
  std::vector<Dim>& order;
  Dim size = 0;
  T tau;
};

template <class T>
void sparsemax_lane(const T* x, T* y, Dim n, Dim s) {
  const SparsemaxSupport<T> support(x, n, s);
  for (Dim i = 0; i < n; ++i) y[i * s] = std::max(x[i * s] - support.tau, T(0));
}

template <class T>
void sparsemax_lane_backward(const T* x, const T* dy, T* dx, Dim n, Dim s) {
  const SparsemaxSupport<T> support(x, n, s);
  T passed = 0;
  for (Dim i = 0; i < n; ++i)
    if (x[i * s] >= support.tau) passed += dy[i * s];
  for (Dim i = 0; i < n; ++i) dx[i * s] = x[i * s] >= support.tau ? dy[i * s] : T(0);
  for (Dim r = 0; r < support.size; ++r)
    dx[support.order[static_cast<std::size_t>(r)] * s] -=
        passed * static_cast<T>(support.size - r) / static_cast<T>(support.size);
}

}  // namespace

void activation_axis_forward(const ActivationSpec& spec, ConstView x, View y) {
  const Lanes l(x.shape(), spec.axis);
  dispatch_real(x.dtype(), [&]<class T>(T) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    if (spec.kind == ActivationKind::glu) {
      const Dim half = l.length / 2 * l.inner;
      for (Dim o = 0; o < l.outer; ++o) {
        const T* first = in + o * 2 * half;
        for (Dim i = 0; i < half; ++i) out[o * half + i] = first[i] * vm::sigmoid(first[half + i]);
      }
      return;
    }
    for_lanes<T>(l, [&](Dim at) {
      if (spec.kind == ActivationKind::sparsemax)
        sparsemax_lane(in + at, out + at, l.length, l.inner);
      else
        softmax_lane(in + at, out + at, l.length, l.inner, spec.kind == ActivationKind::log_softmax);
    });
  });
}

void activation_axis_backward(const ActivationSpec& spec, ConstView x, ConstView y, ConstView dy, View dx) {
  const Lanes l(dx.shape(), spec.axis);
  dispatch_real(dy.dtype(), [&]<class T>(T) {
    const T* gradient = dy.data<T>();
    T* out = dx.data<T>();
    if (spec.kind == ActivationKind::glu) {
      const Dim half = l.length / 2 * l.inner;
      for (Dim o = 0; o < l.outer; ++o) {
        const T* first = x.data<T>() + o * 2 * half;
        for (Dim i = 0; i < half; ++i) {
          const T s = vm::sigmoid(first[half + i]), d = gradient[o * half + i];
          out[o * 2 * half + i] = s * d;
          out[o * 2 * half + half + i] = first[i] * s * (T(1) - s) * d;
        }
      }
      return;
    }
    for_lanes<T>(l, [&](Dim at) {
      if (spec.kind == ActivationKind::sparsemax)
        sparsemax_lane_backward(x.data<T>() + at, gradient + at, out + at, l.length, l.inner);
      else
        softmax_lane_backward(y.data<T>() + at, gradient + at, out + at, l.length, l.inner,
                              spec.kind == ActivationKind::log_softmax);
    });
  });
}

}  // namespace rhyton
