#include "nn/kernels/broadcast.hpp"

#include <functional>

#include "nn/kernels/broadcast_loop.hpp"

namespace rhyton {

namespace {

/// Calls f(a(i), b(i)) steps as constants, so that the usual rows vectorize.
template <class F>
void with_steps(Dim a, Dim b, F&& f) {
  constexpr std::integral_constant<Dim, 0> zero;
  constexpr std::integral_constant<Dim, 1> one;
  if (a && b) return f(one, one);
  if (a) return f(one, zero);
  if (b) return f(zero, one);
  f(zero, zero);
}

/// f(a, b), where whole numbers wrap around.
template <class T, class F>
T wrapping(T a, T b, F f) {
  if constexpr (std::is_floating_point_v<T>)
    return f(a, b);
  else
    return static_cast<T>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
}

template <class T, class Op>
void binary(ConstView a, ConstView b, View y, Op op) {
  const BroadcastLoop<2> loop(y.shape(), {a.shape(), b.shape()});
  with_steps(loop.step(0), loop.step(1), [&](auto sa, auto sb) {
    loop.rows<T>(-1, [&](Dim at, const auto& offset, Dim n) {
      const T* p = a.data<T>() + offset[0];
      const T* q = b.data<T>() + offset[1];
      T* out = y.data<T>() + at;
      const Op f = op;  // a copy: what is captured by reference might lie in y
      for (Dim i = 0; i < n; ++i) out[i] = f(p[i * sa], q[i * sb]);
    });
  });
}

/// x (+)= sum of term(position in y, offset of b); `accumulate` keeps what is there.
template <class T, class Term>
void reduce(const Shape& y, const Shape& b, View x, bool accumulate, Term&& term) {
  if (!accumulate) fill(x, 0.0);
  const BroadcastLoop<2> loop(y, {x.shape(), b});
  const Dim step = loop.step(1);
  loop.rows<T>(0, [&](Dim at, const auto& offset, Dim n) {
    T* out = x.data<T>() + offset[0];
    const auto f = term;  // a copy, as above
    const Dim first = offset[1], each = step;
    if (loop.step(0))
      for (Dim i = 0; i < n; ++i) out[i] += f(at + i, first + i * each);
    else
      *out += lane_sum<T>(n, [=](Dim i) { return f(at + i, first + i * each); });
  });
}

/// `join_extreme` of a row without masks.
template <class T>
void join_row(bool maximum, std::uint8_t index, const T* x, Dim n, T* y, std::uint8_t* selected) {
  const auto join = [&](auto better) {
    for (Dim i = 0; i < n; ++i) {
      const T v = x[i], before = y[i];
      const std::uint8_t number = selected[i];
      selected[i] = better(v, before) ? index : number;
      y[i] = better(v, before) ? v : before;
    }
  };
  maximum ? join(std::greater<>()) : join(std::less<>());
}

}  // namespace

void broadcast_binary(BinaryOp op, ConstView a, ConstView b, View y) {
  dispatch_number(y.dtype(), [&]<class T>(T) {
    switch (op) {
      case BinaryOp::add:
        return binary<T>(a, b, y, [](T p, T q) { return wrapping(p, q, std::plus<>()); });
      case BinaryOp::subtract:
        return binary<T>(a, b, y, [](T p, T q) { return wrapping(p, q, std::minus<>()); });
      case BinaryOp::multiply:
        return binary<T>(a, b, y, [](T p, T q) { return wrapping(p, q, std::multiplies<>()); });
    }
  });
}

void broadcast_copy(ConstView x, View y, double scale) {
  dispatch_number(y.dtype(), [&]<class T>(T) {
    const T s = static_cast<T>(scale);
    binary<T>(x, x, y, [s](T p, T) { return wrapping(s, p, std::multiplies<>()); });
  });
}

void reduce_sum(ConstView y, View x, double scale) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T* from = y.data<T>();
    const T s = static_cast<T>(scale);
    reduce<T>(y.shape(), x.shape(), x, false, [=](Dim i, Dim) { return s * from[i]; });
  });
}

void reduce_product(ConstView y, ConstView b, View x) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T* from = y.data<T>();
    const T* factor = b.data<T>();
    reduce<T>(y.shape(), b.shape(), x, false, [=](Dim i, Dim j) { return from[i] * factor[j]; });
  });
}

void join_extreme(bool maximum, std::uint8_t index, ConstView x, ConstView mask, ConstView valid, View y,
                  View selected) {
  Shape ones = y.shape();
  for (int d = 0; d < ones.rank(); ++d) ones[d] = 1;
  const bool yes = true, all = !mask && !valid;
  if (!mask) mask = ConstView(&yes, ones, DType::boolean);
  if (!valid) valid = ConstView(&yes, ones, DType::boolean);
  const BroadcastLoop<3> loop(y.shape(), {x.shape(), mask.shape(), valid.shape()});
  dispatch_number(y.dtype(), [&]<class T>(T) {
    loop.rows<T>(-1, [&](Dim at, const auto& offset, Dim n) {
      const T* from = x.data<T>() + offset[0];
      const bool* counts = mask.data<bool>() + offset[1];
      const bool* before = valid.data<bool>() + offset[2];
      T* to = y.data<T>() + at;
      std::uint8_t* number = selected.data<std::uint8_t>() + at;
      const Dim s = loop.step(0), sm = loop.step(1), sv = loop.step(2);
      if (all && index > 0 && s == 1) return join_row(maximum, index, from, n, to, number);
      for (Dim i = 0; i < n; ++i) {
        const T v = from[i * s];
        const bool better = maximum ? v > to[i] : v < to[i];
        const bool take = index == 0 || (counts[i * sm] && (!before[i * sv] || better));
        to[i] = take ? v : to[i];
        number[i] = take ? index : number[i];
      }
    });
  });
}

void reduce_selected(ConstView y, ConstView selected, std::uint8_t index, View x) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T* from = y.data<T>();
    const std::uint8_t* number = selected.data<std::uint8_t>();
    reduce<T>(y.shape(), x.shape(), x, false,
              [=](Dim i, Dim) { return number[i] == index ? from[i] : T(0); });
  });
}

void prelu_forward(ConstView x, ConstView alpha, View y) {
  dispatch_real(y.dtype(),
                [&]<class T>(T) { binary<T>(x, alpha, y, [](T v, T a) { return v > 0 ? v : a * v; }); });
}

void prelu_backward(ConstView x, ConstView alpha, ConstView dy, View dx, GradTarget dalpha) {
  dispatch_real(dy.dtype(), [&]<class T>(T) {
    const T* in = x.data<T>();
    const T* up = dy.data<T>();
    if (dalpha)
      reduce<T>(x.shape(), dalpha.view.shape(), dalpha.view, dalpha.accumulate,
                [=](Dim i, Dim) { return in[i] > 0 ? T(0) : in[i] * up[i]; });
    if (!dx) return;
    const BroadcastLoop<1> loop(x.shape(), {alpha.shape()});
    with_steps(loop.step(0), 1, [&](auto step, auto) {
      loop.rows<T>(-1, [&](Dim at, const auto& offset, Dim n) {
        const T *a = alpha.data<T>() + offset[0], *from = in + at, *gradient = up + at;
        T* out = dx.data<T>() + at;
        for (Dim i = 0; i < n; ++i) {
          const T g = gradient[i], scaled = a[i * step] * g;  // in any case, or it is not vectorized
          out[i] = from[i] > 0 ? g : scaled;
        }
      });
    });
  });
}

void or_into(ConstView mask, View to) {
  const BroadcastLoop<1> loop(to.shape(), {mask.shape()});
  loop.rows(-1, [&](Dim at, const auto& offset, Dim n) {
    const bool* from = mask.data<bool>() + offset[0];
    bool* out = to.data<bool>() + at;
    for (Dim i = 0; i < n; ++i) out[i] = out[i] | from[i * loop.step(0)];
  });
}

void where_mask(ConstView mask, ConstView x, double value, View y) {
  dispatch_number(y.dtype(), [&]<class T>(T) {
    const T other = static_cast<T>(value);
    const BroadcastLoop<2> loop(y.shape(), {mask.shape(), x.shape()});
    loop.rows<T>(-1, [&](Dim at, const auto& offset, Dim n) {
      const bool* keep = mask.data<bool>() + offset[0];
      const T* in = x.data<T>() + offset[1];
      T* out = y.data<T>() + at;
      const Dim sm = loop.step(0), s = loop.step(1);
      const T rest = other;
      for (Dim i = 0; i < n; ++i) {
        const T v = in[i * s];
        out[i] = keep[i * sm] ? v : rest;
      }
    });
  });
}

}  // namespace rhyton
