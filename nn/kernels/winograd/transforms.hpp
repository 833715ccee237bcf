#pragma once
/// @file transforms.hpp  Winograd's minimal filtering F(M x M, 3 x 3) in one dimension, and its adjoint.
///
/// y = A^T [(G g) * (B^T d)] for M outputs, N = M + 2 inputs and 3 taps (Lavin & Gray, 2016). The points of
/// F(4, 3) are 0, +-sqrt(1/2), +-sqrt(2) and infinity: they halve the rounding errors of the usual 0, +-1,
/// +-2. The adjoint of each map, with the matrix transposed, carries gradients back.
#include "nn/kernels/simd.hpp"

namespace rhyton::winograd {

using simd::F16;

template <int M>
struct Filter;

template <>
struct Filter<2> {
  static constexpr int N = 4;
  template <class V>
  RHYTON_INLINE static void input(const V (&d)[4], V (&v)[4]) {
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }
  template <class V>
  RHYTON_INLINE static void input_adjoint(const V (&v)[4], V (&d)[4]) {
    d[0] = v[0];
    d[1] = v[1] - v[2] - v[3];
    d[2] = v[1] + v[2] - v[0];
    d[3] = v[3];
  }
  template <class V>
  RHYTON_INLINE static void weights(const V (&g)[3], V (&u)[4]) {
    const V half = 0.5f * (g[0] + g[2]), odd = 0.5f * g[1];
    u[0] = g[0];
    u[1] = half + odd;
    u[2] = half - odd;
    u[3] = g[2];
  }
  template <class V>
  RHYTON_INLINE static void weights_adjoint(const V (&u)[4], V (&g)[3]) {
    const V half = 0.5f * (u[1] + u[2]);
    g[0] = u[0] + half;
    g[1] = 0.5f * (u[1] - u[2]);
    g[2] = half + u[3];
  }
  template <class V>
  RHYTON_INLINE static void output(const V (&m)[4], V (&y)[2]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] + m[3];
  }
  template <class V>
  RHYTON_INLINE static void output_adjoint(const V (&y)[2], V (&m)[4]) {
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = y[1];
  }
};

template <>
struct Filter<4> {
  static constexpr int N = 6;
  static constexpr float a = 0.70710678118654752440f,
                         b = 1.41421356237309504880f;  ///< a^2 = 1/2, b^2 = 2, a b = 1

  template <class V>
  RHYTON_INLINE static void input(const V (&d)[6], V (&v)[6]) {
    const V p = d[4] - 2.0f * d[2], q = a * (d[3] - 2.0f * d[1]);
    const V r = d[4] - 0.5f * d[2], s = b * (d[3] - 0.5f * d[1]);
    v[0] = d[0] - 2.5f * d[2] + d[4];
    v[1] = p + q;
    v[2] = p - q;
    v[3] = r + s;
    v[4] = r - s;
    v[5] = d[1] - 2.5f * d[3] + d[5];
  }
  template <class V>
  RHYTON_INLINE static void input_adjoint(const V (&v)[6], V (&d)[6]) {
    const V p = v[1] + v[2], q = v[1] - v[2], r = v[3] + v[4], s = v[3] - v[4];
    d[0] = v[0];
    d[1] = v[5] - b * q - a * s;
    d[2] = -2.5f * v[0] - 2.0f * p - 0.5f * r;
    d[3] = a * q + b * s - 2.5f * v[5];
    d[4] = v[0] + p + r;
    d[5] = v[5];
  }
  template <class V>
  RHYTON_INLINE static void weights(const V (&g)[3], V (&u)[6]) {
    const V p = (g[0] + 0.5f * g[2]) * (-2.0f / 3.0f), q = g[1] * (-2.0f / 3.0f * a);
    const V r = (g[0] + 2.0f * g[2]) * (1.0f / 6.0f), s = g[1] * (b / 6.0f);
    u[0] = g[0];
    u[1] = p + q;
    u[2] = p - q;
    u[3] = r + s;
    u[4] = r - s;
    u[5] = g[2];
  }
  template <class V>
  RHYTON_INLINE static void weights_adjoint(const V (&u)[6], V (&g)[3]) {
    const V p = (u[1] + u[2]) * (-2.0f / 3.0f), r = (u[3] + u[4]) * (1.0f / 6.0f);
    g[0] = u[0] + p + r;
    g[1] = (u[1] - u[2]) * (-2.0f / 3.0f * a) + (u[3] - u[4]) * (b / 6.0f);
    g[2] = 0.5f * p + 2.0f * r + u[5];
  }
  template <class V>
  RHYTON_INLINE static void output(const V (&m)[6], V (&y)[4]) {
    const V p = m[1] + m[2], q = m[1] - m[2], r = m[3] + m[4], s = m[3] - m[4];
    y[0] = m[0] + p + r;
    y[1] = a * q + b * s;
    y[2] = 0.5f * p + 2.0f * r;
    y[3] = (0.5f * a) * q + (2.0f * b) * s + m[5];
  }
  template <class V>
  RHYTON_INLINE static void output_adjoint(const V (&y)[4], V (&m)[6]) {
    const V p = y[0] + 0.5f * y[2], q = a * y[1] + (0.5f * a) * y[3];
    const V r = y[0] + 2.0f * y[2], s = b * y[1] + (2.0f * b) * y[3];
    m[0] = y[0];
    m[1] = p + q;
    m[2] = p - q;
    m[3] = r + s;
    m[4] = r - s;
    m[5] = y[3];
  }
};

}  // namespace rhyton::winograd
