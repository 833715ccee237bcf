#include "nn/kernels/winograd/tiles.hpp"

#include <algorithm>

#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/winograd/transforms.hpp"

namespace rhyton::winograd {

namespace {

using namespace simd;

/// out = f(in) f^T for a one-dimensional map from I to O elements.
template <int I, int O, class Map>
RHYTON_INLINE void both_ways(const F16 (&in)[I][I], F16 (&out)[O][O], Map map) {
  F16 half[I][O];  // half[j]: column j of the input, mapped
#pragma GCC unroll 6
  for (int j = 0; j < I; ++j) {
    F16 column[I];
#pragma GCC unroll 6
    for (int i = 0; i < I; ++i) column[i] = in[i][j];
    map(column, half[j]);
  }
#pragma GCC unroll 6
  for (int i = 0; i < O; ++i) {
    F16 row[I];
#pragma GCC unroll 6
    for (int j = 0; j < I; ++j) row[j] = half[j][i];
    map(row, out[i]);
  }
}

/// Calls `f(first channel, load, store)` for blocks of 16 channels and the rest, with loads and stores that
/// fit.
template <class F>
RHYTON_INLINE void for_blocks(Dim channels, F&& f) {
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes)
    f(
        c, [](const float* p) { return load(p); }, [](float* p, F16 v) { store(p, v); });
  const Dim rest = channels - c;
  if (rest > 0)
    f(
        c, [rest](const float* p) { return load_part(p, rest); },
        [rest](float* p, F16 v) { store_part(p, v, rest); });
}

/// Where channel 0 of a pixel lies. `Whole`: the tile lies inside of its image.
template <bool Whole, class T, int S>
RHYTON_INLINE T* at(const Pixels<T, S>& pixels, int i, int j) {
  return Whole ? pixels.base + i * pixels.row_stride + j * pixels.pixel_stride : pixels.table[i * S + j];
}

template <bool Whole, int N, class Load>
RHYTON_INLINE void load_pixels(const Pixels<const float, N>& pixels, Dim c, Load&& load, F16 (&d)[N][N]) {
#pragma GCC unroll 6
  for (int i = 0; i < N; ++i)
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j) d[i][j] = load(at<Whole>(pixels, i, j) + c);
}

template <int N>
RHYTON_INLINE void load_matrices(const float* v, Dim stride, F16 (&d)[N][N]) {
#pragma GCC unroll 6
  for (int i = 0; i < N; ++i)
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j) d[i][j] = simd::load(v + (i * N + j) * stride);
}

template <int N>
RHYTON_INLINE void store_matrices(const F16 (&d)[N][N], float* v, Dim stride) {
#pragma GCC unroll 6
  for (int i = 0; i < N; ++i)
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j) simd::store(v + (i * N + j) * stride, d[i][j]);
}

template <int M, bool Whole>
void input_tile(const Pixels<const float, M + 2>& pixels, Dim channels, float* v, Dim stride) {
  constexpr int N = M + 2;
  for_blocks(channels, [&](Dim c, auto load, auto) {
    F16 d[N][N], t[N][N];
    load_pixels<Whole, N>(pixels, c, load, d);
    both_ways(d, t, [](const F16(&in)[N], F16(&out)[N]) { Filter<M>::input(in, out); });
    store_matrices<N>(t, v + c, stride);
  });
}

template <int M, bool Whole>
void input_adjoint_tile(const float* v, Dim stride, Dim channels, const Pixels<float, M + 2>& pixels) {
  constexpr int N = M + 2;
  for_blocks(channels, [&](Dim c, auto load, auto store) {
    F16 d[N][N], t[N][N];
    load_matrices<N>(v + c, stride, t);
    both_ways(t, d, [](const F16(&in)[N], F16(&out)[N]) { Filter<M>::input_adjoint(in, out); });
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i)
#pragma GCC unroll 6
      for (int j = 0; j < N; ++j) {
        float* target = at<Whole>(pixels, i, j) + c;
        store(target, load(target) + d[i][j]);
      }
  });
}

/// The M x M outputs of a tile.
template <int M>
RHYTON_INLINE void outputs(const float* m, Dim stride, F16 (&d)[M][M]) {
  constexpr int N = M + 2;
  F16 t[N][N], half[N][M];
  load_matrices<N>(m, stride, t);
#pragma GCC unroll 6
  for (int j = 0; j < N; ++j) {
    F16 column[N];
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i) column[i] = t[i][j];
    Filter<M>::output(column, half[j]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < M; ++i) {
    F16 row[N];
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j) row[j] = half[j][i];
    Filter<M>::output(row, d[i]);
  }
}

template <int M>
RHYTON_INLINE void store_adjoint(const F16 (&d)[M][M], float* m, Dim stride) {
  constexpr int N = M + 2;
  F16 t[N][N], half[M][N];
#pragma GCC unroll 4
  for (int j = 0; j < M; ++j) {
    F16 column[M];
#pragma GCC unroll 4
    for (int i = 0; i < M; ++i) column[i] = d[i][j];
    Filter<M>::output_adjoint(column, half[j]);
  }
#pragma GCC unroll 6
  for (int i = 0; i < N; ++i) {
    F16 row[M];
#pragma GCC unroll 4
    for (int j = 0; j < M; ++j) row[j] = half[j][i];
    Filter<M>::output_adjoint(row, t[i]);
  }
  store_matrices<N>(t, m, stride);
}

template <int M, bool Whole, bool Relu, bool Residual>
void output_tile(const float* m, Dim stride, Dim channels, const float* bias, const Pixels<const float, M>* z,
                 const Pixels<float, M>& y) {
  for_blocks(channels, [&](Dim c, auto load, auto store) {
    F16 d[M][M];
    outputs<M>(m + c, stride, d);
    const F16 offset = bias != nullptr ? load(bias + c) : F16{};
#pragma GCC unroll 16
    for (int i = 0; i < M * M; ++i) {
      F16 value = d[i / M][i % M] + offset;
      if constexpr (Residual) value += load(at<Whole>(*z, i / M, i % M) + c);
      if constexpr (Relu) value = value > F16{} ? value : F16{};
      store(at<Whole>(y, i / M, i % M) + c, value);
    }
  });
}

template <int M, bool Whole>
void output_pooled_tile(const float* m, Dim stride, Dim channels, const float* bias, bool relu,
                        const Pixels<float, M / 2>& y, const Pixels<std::uint8_t, M / 2>* argmax) {
  constexpr int H = M / 2;
  for_blocks(channels, [&](Dim c, auto load, auto store) {
    F16 d[M][M];
    outputs<M>(m + c, stride, d);
    const F16 offset = bias != nullptr ? load(bias + c) : F16{};
#pragma GCC unroll 2
    for (int i = 0; i < H; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < H; ++j) {
        F16 best = d[2 * i][2 * j];
        I16 winner{};
#pragma GCC unroll 4
        for (int k = 1; k < 4; ++k) {
          const F16 other = d[2 * i + k / 2][2 * j + k % 2];
          const I16 wins = other > best;
          best = wins ? other : best;
          winner = wins ? I16{} + k : winner;
        }
        best += offset;
        if (relu) best = best > F16{} ? best : F16{};
        store(at<Whole>(y, i, j) + c, best);
        if (argmax != nullptr)
          store_bytes_part(at<Whole>(*argmax, i, j) + c, winner, std::min<Dim>(lanes, channels - c));
      }
  });
}

template <int M, bool Whole>
void output_adjoint_pooled_tile(const Pixels<const float, M / 2>& dy, const Pixels<const float, M / 2>* y,
                                const Pixels<const std::uint8_t, M / 2>& argmax, Dim channels, float* m,
                                Dim stride) {
  constexpr int H = M / 2;
  for_blocks(channels, [&](Dim c, auto load, auto) {
    F16 d[M][M];
#pragma GCC unroll 2
    for (int i = 0; i < H; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < H; ++j) {
        F16 gradient = load(at<Whole>(dy, i, j) + c);
        if (y != nullptr) gradient = load(at<Whole>(*y, i, j) + c) > F16{} ? gradient : F16{};
        const I16 winner = load_bytes_part(at<Whole>(argmax, i, j) + c, std::min<Dim>(lanes, channels - c));
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) d[2 * i + k / 2][2 * j + k % 2] = winner == I16{} + k ? gradient : F16{};
      }
    store_adjoint<M>(d, m + c, stride);
  });
}

template <int M, bool Whole>
void output_adjoint_tile(const Pixels<const float, M>& dy, Dim channels, float* m, Dim stride) {
  for_blocks(channels, [&](Dim c, auto load, auto) {
    F16 d[M][M];
    load_pixels<Whole, M>(dy, c, load, d);
    store_adjoint<M>(d, m + c, stride);
  });
}

template <int M>
void weights_row(const float* w, Dim tap_stride, Dim row, Dim inputs, Dim filters, float* u, Dim stride) {
  constexpr int N = M + 2;
  for_blocks(filters, [&](Dim f, auto load, auto) {
    F16 g[3][3], t[N][N], half[3][N];
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) g[i][j] = load(w + (i * 3 + j) * tap_stride + f);
#pragma GCC unroll 3
    for (int j = 0; j < 3; ++j) {
      const F16 column[3] = {g[0][j], g[1][j], g[2][j]};
      Filter<M>::weights(column, half[j]);
    }
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i) {
      const F16 across[3] = {half[0][i], half[1][i], half[2][i]};
      Filter<M>::weights(across, t[i]);
    }
    const Dim padded = Panels::padded(filters);
    store_matrices<N>(t, u + Panels::offset(inputs, f) + row * Panels::row(padded, f), stride);
  });
}

template <int M>
void weights_adjoint_row(const float* du, Dim stride, Dim filters, float* dw, Dim tap_stride,
                         bool accumulate) {
  constexpr int N = M + 2;
  for_blocks(filters, [&](Dim f, auto load, auto store) {
    F16 t[N][N], half[N][3], g[3];
    load_matrices<N>(du + f, stride, t);
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j) {
      F16 column[N];
#pragma GCC unroll 6
      for (int i = 0; i < N; ++i) column[i] = t[i][j];
      Filter<M>::weights_adjoint(column, half[j]);
    }
    for (int i = 0; i < 3; ++i) {
      F16 row[N];
#pragma GCC unroll 6
      for (int j = 0; j < N; ++j) row[j] = half[j][i];
      Filter<M>::weights_adjoint(row, g);
      for (int j = 0; j < 3; ++j) {
        float* target = dw + (i * 3 + j) * tap_stride + f;
        store(target, accumulate ? load(target) + g[j] : g[j]);
      }
    }
  });
}

/// Rows of weights that are worth a thread.
Dim grain(Dim filters) { return 1 + 2048 / std::max<Dim>(filters, 1); }

}  // namespace

template <int M>
void Tiles<M>::input(const Pixels<const float, N>& pixels, Dim channels, float* v, Dim stride) {
  (pixels.whole ? input_tile<M, true> : input_tile<M, false>)(pixels, channels, v, stride);
}

template <int M>
void Tiles<M>::input_adjoint(const float* v, Dim stride, Dim channels, const Pixels<float, N>& pixels) {
  (pixels.whole ? input_adjoint_tile<M, true> : input_adjoint_tile<M, false>)(v, stride, channels, pixels);
}

template <int M>
void Tiles<M>::output(const float* m, Dim stride, Dim channels, const Finish& finish,
                      const Pixels<const float, M>* z, const Pixels<float, M>& y) {
  const auto run = [&]<bool Relu, bool Residual>() {
    if (y.whole)
      output_tile<M, true, Relu, Residual>(m, stride, channels, finish.bias, z, y);
    else
      output_tile<M, false, Relu, Residual>(m, stride, channels, finish.bias, z, y);
  };
  if (finish.relu && z != nullptr)
    run.template operator()<true, true>();
  else if (finish.relu)
    run.template operator()<true, false>();
  else if (z != nullptr)
    run.template operator()<false, true>();
  else
    run.template operator()<false, false>();
}

template <int M>
void Tiles<M>::output_adjoint(const Pixels<const float, M>& dy, Dim channels, float* m, Dim stride) {
  (dy.whole ? output_adjoint_tile<M, true> : output_adjoint_tile<M, false>)(dy, channels, m, stride);
}

template <int M>
void Tiles<M>::output_pooled(const float* m, Dim stride, Dim channels, const Finish& finish,
                             const Pixels<float, M / 2>& y, const Pixels<std::uint8_t, M / 2>* argmax) {
  (y.whole ? output_pooled_tile<M, true> : output_pooled_tile<M, false>)(m, stride, channels, finish.bias,
                                                                         finish.relu, y, argmax);
}

template <int M>
void Tiles<M>::output_adjoint_pooled(const Pixels<const float, M / 2>& dy,
                                     const Pixels<const float, M / 2>* y,
                                     const Pixels<const std::uint8_t, M / 2>& argmax, Dim channels, float* m,
                                     Dim stride) {
  (dy.whole ? output_adjoint_pooled_tile<M, true>
            : output_adjoint_pooled_tile<M, false>)(dy, y, argmax, channels, m, stride);
}

template <int M>
void Tiles<M>::weights(const float* w, Dim inputs, Dim filters, float* u, Dim stride) {
  parallel_for(inputs, grain(filters), [&](Dim begin, Dim end) {
    for (Dim c = begin; c < end; ++c)
      weights_row<M>(w + c * filters, inputs * filters, c, inputs, filters, u, stride);
  });
}

template <int M>
void Tiles<M>::weights_adjoint(const float* du, Dim stride, Dim row, Dim inputs, Dim filters, float* dw,
                               bool accumulate) {
  parallel_for(inputs, grain(filters), [&](Dim begin, Dim end) {
    for (Dim c = begin; c < end; ++c)
      weights_adjoint_row<M>(du + c * row, stride, filters, dw + c * filters, inputs * filters, accumulate);
  });
}

template struct Tiles<2>;
template struct Tiles<4>;

}  // namespace rhyton::winograd
