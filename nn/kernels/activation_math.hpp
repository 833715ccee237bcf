#pragma once
/// @file activation_math.hpp  The element-wise activations as inline functions: values and gradients, by kind
/// at compile time, so that kernels can fuse them into their loops. Not for layers.
#include <algorithm>
#include <limits>

#include "nn/kernels/activation.hpp"
#include "nn/kernels/vector_math.hpp"

namespace rhyton::activation_math {

namespace vm = vector_math;

template <class T>
struct Params {
  explicit Params(const ActivationSpec& spec)
      : a(static_cast<T>(spec.a)), b(static_cast<T>(spec.b)), c(static_cast<T>(spec.c)) {}
  T a, b, c;
};

template <class T>
inline constexpr T selu_scale = static_cast<T>(1.0507009873554804934193349852946);
template <class T>
inline constexpr T selu_alpha = static_cast<T>(1.6732632423543772848170429916717);
template <class T>
inline constexpr T inverse_sqrt2 = static_cast<T>(0.70710678118654752440);
/// sqrt(2 / pi) and the cubic coefficient of gelu's tanh form.
template <class T>
inline constexpr T gelu_scale = static_cast<T>(0.79788456080286535588);
template <class T>
inline constexpr T gelu_cubic = static_cast<T>(0.044715);
template <class T>
inline constexpr T inverse_sqrt_2pi = static_cast<T>(0.39894228040143267794);

template <class T>
inline T clip(T x, T low, T high) {
  x = x > high ? high : x;
  return x < low ? low : x;
}

// A choice between two long expressions would become a branch, which is not vectorized: the exponential units
// add both.
template <class T>
inline T positive_part(T x) {
  return x > T(0) ? x : T(0);
}
template <class T>
inline T negative_part(T x) {
  return x > T(0) ? T(0) : x;
}

/// tanh(softplus(x)) = n / (n + 2) with n = e (e + 2), e = exp(x).
template <class T>
inline T tanh_softplus(T x) {
  const T e = vm::exp(x > T(20) ? T(20) : x), n = e * (e + T(2));
  return n / (n + T(2));
}

/// log(1 + exp(x)).
template <class T>
inline T log1p_exp(T x) {
  const T positive = x > T(0) ? x : T(0), magnitude = x > T(0) ? x : -x;
  return positive + vm::log1p_unit(vm::exp(-magnitude));
}

/// f(x).
template <ActivationKind K, class T>
inline T value(T x, const Params<T>& p) {
  using enum ActivationKind;
  if constexpr (K == linear) return x;
  if constexpr (K == relu) {
    // With a maximum Keras clips below at 0 too, which shows where the threshold is negative.
    const T high = x < p.b ? x : p.b;
    const T kept = p.b < std::numeric_limits<T>::infinity() && high < T(0) ? T(0) : high;
    // Without a slope: zero, not its product with minus infinity, nor minus zero; NaN stays.
    const T below = p.a != T(0) ? p.a * (x - p.c) : x <= p.c ? T(0) : x;
    return x > p.c ? kept : below;
  }
  if constexpr (K == leaky_relu) return positive_part(x) + p.a * negative_part(x);
  if constexpr (K == relu6) return clip(x, T(0), T(6));
  if constexpr (K == elu) return positive_part(x) + p.a * vm::expm1(negative_part(x));
  if constexpr (K == selu)
    return selu_scale<T> * (positive_part(x) + selu_alpha<T> * vm::expm1(negative_part(x)));
  if constexpr (K == celu) return positive_part(x) + p.a * vm::expm1(negative_part(x) / p.a);
  if constexpr (K == gelu) return T(0.5) * x * (T(1) + vm::erf(x * inverse_sqrt2<T>));
  if constexpr (K == gelu_tanh)
    return T(0.5) * x * (T(1) + vm::tanh(gelu_scale<T> * (x + gelu_cubic<T> * x * x * x)));
  if constexpr (K == sigmoid) return vm::sigmoid(x);
  if constexpr (K == hard_sigmoid) return clip(x + T(3), T(0), T(6)) / T(6);
  if constexpr (K == hard_sigmoid_keras2) return clip(T(0.2) * x + T(0.5), T(0), T(1));
  if constexpr (K == log_sigmoid) return -log1p_exp(-x);
  if constexpr (K == silu) return x * vm::sigmoid(x);
  if constexpr (K == hard_silu) return x * (clip(x + T(3), T(0), T(6)) / T(6));
  if constexpr (K == softplus) return log1p_exp(x);
  if constexpr (K == softsign) return x / (T(1) + (x > T(0) ? x : -x));
  if constexpr (K == tanh) return vm::tanh(x);
  if constexpr (K == hard_tanh) return clip(x, T(-1), T(1));
  if constexpr (K == tanh_shrink) return x - vm::tanh(x);
  if constexpr (K == soft_shrink) return x > p.a ? x - p.a : (x < -p.a ? x + p.a : T(0));
  if constexpr (K == hard_shrink) return x > p.a || x < -p.a ? x : T(0);
  if constexpr (K == squareplus) return T(0.5) * (x + vm::sqrt(x * x + p.a));
  if constexpr (K == sparse_plus)
    return x <= T(-1) ? T(0) : (x < T(1) ? T(0.25) * (x + T(1)) * (x + T(1)) : x);
  if constexpr (K == sparse_sigmoid) return clip(T(0.5) * (x + T(1)), T(0), T(1));
  if constexpr (K == exponential) return vm::exp(x);
  if constexpr (K == threshold) return x > p.a ? x : p.b;
  if constexpr (K == mish) return x * tanh_softplus(x);
}

/// dx = f'(x) dy, from the output y alone; for the kinds of `gradient_from_output`.
template <ActivationKind K, class T>
inline T gradient_by_output(T y, T dy, const Params<T>& p) {
  using enum ActivationKind;
  if constexpr (K == relu) return y > T(0) ? (y < p.b ? dy : T(0)) : p.a * dy;
  if constexpr (K == leaky_relu) return y > T(0) ? dy : p.a * dy;
  if constexpr (K == relu6) return y > T(0) && y < T(6) ? dy : T(0);
  if constexpr (K == elu) return y > T(0) ? dy : (y + p.a) * dy;
  if constexpr (K == selu) return dy * (y > T(0) ? selu_scale<T> : y + selu_scale<T> * selu_alpha<T>);
  if constexpr (K == celu) return y > T(0) ? dy : (y / p.a + T(1)) * dy;
  if constexpr (K == sigmoid) return y * (T(1) - y) * dy;
  if constexpr (K == hard_sigmoid) return y > T(0) && y < T(1) ? dy / T(6) : T(0);
  if constexpr (K == softsign) {
    const T rest = T(1) - (y > T(0) ? y : -y);
    return rest * rest * dy;
  }
  if constexpr (K == tanh) return (T(1) - y * y) * dy;
  if constexpr (K == exponential) return y * dy;
  return dy;
}

/// dx = f'(x) dy, from the input. Subgradients at kinks are TensorFlow's: a clip passes at its bounds, relu
/// does not.
template <ActivationKind K, class T>
inline T gradient_by_input(T x, T dy, const Params<T>& p) {
  using enum ActivationKind;
  if constexpr (K == relu) {
    const bool capped = p.b < std::numeric_limits<T>::infinity();
    const bool passes = !capped || (x <= p.b && x >= T(0));
    return x > p.c ? (passes ? dy : T(0)) : p.a * dy;
  } else if constexpr (K == gelu) {
    const T density = inverse_sqrt_2pi<T> * vm::exp(T(-0.5) * x * x);
    return dy * (T(0.5) * (T(1) + vm::erf(x * inverse_sqrt2<T>)) + x * density);
  } else if constexpr (K == gelu_tanh) {
    const T t = vm::tanh(gelu_scale<T> * (x + gelu_cubic<T> * x * x * x));
    const T inner = gelu_scale<T> * (T(1) + T(3) * gelu_cubic<T> * x * x);
    return dy * T(0.5) * (T(1) + t + x * (T(1) - t * t) * inner);
  } else if constexpr (K == hard_sigmoid_keras2) {
    const T u = T(0.2) * x + T(0.5);
    return u >= T(0) && u <= T(1) ? T(0.2) * dy : T(0);
  } else if constexpr (K == log_sigmoid) {
    return vm::sigmoid(-x) * dy;
  } else if constexpr (K == silu) {
    const T s = vm::sigmoid(x);
    return dy * s * (T(1) + x * (T(1) - s));
  } else if constexpr (K == hard_silu) {
    const T inside = x > T(-3) && x < T(3) ? x / T(6) : T(0);
    return dy * (clip(x + T(3), T(0), T(6)) / T(6) + inside);
  } else if constexpr (K == softplus) {
    return vm::sigmoid(x) * dy;
  } else if constexpr (K == hard_tanh) {
    return x >= T(-1) && x <= T(1) ? dy : T(0);
  } else if constexpr (K == tanh_shrink) {
    const T t = vm::tanh(x);
    return t * t * dy;
  } else if constexpr (K == soft_shrink || K == hard_shrink) {
    return x > p.a || x < -p.a ? dy : T(0);
  } else if constexpr (K == squareplus) {
    return dy * T(0.5) * (T(1) + x / vm::sqrt(x * x + p.a));
  } else if constexpr (K == sparse_plus) {
    return x <= T(-1) ? T(0) : (x < T(1) ? T(0.5) * (x + T(1)) * dy : dy);
  } else if constexpr (K == sparse_sigmoid) {
    return x > T(-1) && x < T(1) ? T(0.5) * dy : T(0);
  } else if constexpr (K == threshold) {
    return x > p.a ? dy : T(0);
  } else if constexpr (K == mish) {
    const T w = tanh_softplus(x);
    return dy * (w + x * (T(1) - w * w) * vm::sigmoid(x));
  } else {
    return gradient_by_output<K>(value<K>(x, p), dy, p);
  }
}

/// Calls `f.template operator()<K>()` with the element-wise kind as a constant; others are a caller's
/// mistake.
template <class F>
void dispatch(ActivationKind kind, F&& f) {
  using enum ActivationKind;
  switch (kind) {
#define RHYTON_CASE(K)          \
  case K:                       \
    f.template operator()<K>(); \
    break;
    RHYTON_CASE(linear)
    RHYTON_CASE(relu)
    RHYTON_CASE(leaky_relu)
    RHYTON_CASE(relu6)
    RHYTON_CASE(elu)
    RHYTON_CASE(selu)
    RHYTON_CASE(celu)
    RHYTON_CASE(gelu)
    RHYTON_CASE(gelu_tanh)
    RHYTON_CASE(sigmoid)
    RHYTON_CASE(hard_sigmoid)
    RHYTON_CASE(hard_sigmoid_keras2)
    RHYTON_CASE(log_sigmoid)
    RHYTON_CASE(silu)
    RHYTON_CASE(hard_silu)
    RHYTON_CASE(softplus)
    RHYTON_CASE(softsign)
    RHYTON_CASE(tanh)
    RHYTON_CASE(hard_tanh)
    RHYTON_CASE(tanh_shrink)
    RHYTON_CASE(soft_shrink)
    RHYTON_CASE(hard_shrink)
    RHYTON_CASE(squareplus)
    RHYTON_CASE(sparse_plus)
    RHYTON_CASE(sparse_sigmoid)
    RHYTON_CASE(exponential)
    RHYTON_CASE(threshold)
    RHYTON_CASE(mish)
#undef RHYTON_CASE
    default:
      break;
  }
}

}  // namespace rhyton::activation_math
