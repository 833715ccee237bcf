#pragma once
/// @file channel_ops.hpp  What kernels do around a product on (outer, channels, inner): bias, activation,
/// column sums.
#include <array>
#include <utility>

#include "nn/kernels/activation.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

/// y = f(y + bias[channel] + z); bias and z may be null. Only element-wise functions.
template <class T>
void finish_channels(const ActivationSpec& spec, T* y, const T* bias, const T* z, Dim outer, Dim channels,
                     Dim inner);

/// sums[channel] (+)= sum of x over outer and inner.
template <class T>
void channel_sums(const T* x, Dim outer, Dim channels, Dim inner, T* sums, bool accumulate);

/// sums[k][channel] (+)= the sum over outer and inner of `term(position, channel, k)` for N sums in one pass
/// (k is a std::integral_constant), for strips of channels held in registers and by short partial sums, so
/// that rounding errors stay small.
template <int N, class T, class Term>
void sums_by_channel(Dim outer, Dim channels, Dim inner, const std::array<T*, N>& sums, bool accumulate,
                     Term&& term) {
  constexpr Dim strip = 64, run = 256;
  const auto each = [](auto&& f) {
    [&]<int... K>(std::integer_sequence<int, K...>) { (f(std::integral_constant<int, K>()), ...); }
    (std::make_integer_sequence<int, N>());
  };
  const auto put = [&](Dim c, Dim k, T value) {
    T& target = sums[static_cast<std::size_t>(k)][c];
    target = accumulate ? target + value : value;
  };
  // total += the sums over outer positions [first, last) of `width` channels from c on.
  const auto add = [&](Dim first, Dim last, Dim c, Dim width, T(*total)[strip]) {
    for (; first < last; first += run) {
      T part[N][strip] = {};
      const Dim end = std::min(last, first + run);
      if (width == strip)
        for (Dim o = first; o < end; ++o)
          each([&](auto k) {
            for (Dim i = 0; i < strip; ++i) part[k][i] += term(o * channels + c + i, c + i, k);
          });
      else
        for (Dim o = first; o < end; ++o)
          each([&](auto k) {
            for (Dim i = 0; i < width; ++i) part[k][i] += term(o * channels + c + i, c + i, k);
          });
      for (int k = 0; k < N; ++k)
        for (Dim i = 0; i < width; ++i) total[k][i] += part[k][i];
    }
  };
  if (inner == 1) {
    const Dim strips = (channels + strip - 1) / strip;
    // Where there are fewer strips than threads, the threads share the outer positions of one.
    constexpr Dim most = 16;
    const Dim shares = strips < get_threads() ? std::min(most, part_count(outer, 16384 / strip)) : 1;
    if (shares > 1) {
      for (Dim c = 0; c < channels; c += strip) {
        T totals[most][N][strip] = {};
        const Dim width = std::min(strip, channels - c);
        parallel_for<T>(shares, 1, [&](Dim begin, Dim end) {
          for (Dim p = begin; p < end; ++p)
            add(outer * p / shares, outer * (p + 1) / shares, c, width, totals[p]);
        });
        for (int k = 0; k < N; ++k)
          for (Dim i = 0; i < width; ++i) {
            for (Dim p = 1; p < shares; ++p) totals[0][k][i] += totals[p][k][i];
            put(c + i, k, totals[0][k][i]);
          }
      }
      return;
    }
    parallel_for<T>(strips, 1 + 65536 / std::max<Dim>(outer * strip, 1), [&](Dim begin, Dim end) {
      for (Dim c = begin * strip; c < std::min(end * strip, channels); c += strip) {
        T total[N][strip] = {};
        const Dim width = std::min(strip, channels - c);
        add(Dim{0}, outer, c, width, total);
        for (int k = 0; k < N; ++k)
          for (Dim i = 0; i < width; ++i) put(c + i, k, total[k][i]);
      }
    });
    return;
  }
  parallel_for<T>(channels, 1 + 65536 / std::max<Dim>(outer * inner, 1), [&](Dim begin, Dim end) {
    for (Dim c = begin; c < end; ++c)
      each([&](auto k) {
        T total = 0;
        for (Dim o = 0; o < outer; ++o) {
          const Dim row = (o * channels + c) * inner;
          constexpr Dim lanes = 16;
          T part[lanes] = {};
          Dim i = 0;
          for (; i + lanes <= inner; i += lanes)
            for (Dim j = 0; j < lanes; ++j) part[j] += term(row + i + j, c, k);
          for (; i < inner; ++i) part[0] += term(row + i, c, k);
          T row_total = 0;
          for (const T v : part) row_total += v;
          total += row_total;
        }
        put(c, k, total);
      });
  });
}

/// One such sum: sums[channel] (+)= the sum of `term(position, channel)`.
template <class T, class Term>
void sum_by_channel(Dim outer, Dim channels, Dim inner, T* sums, bool accumulate, Term&& term) {
  sums_by_channel<1, T>(outer, channels, inner, {sums}, accumulate,
                        [&](Dim i, Dim c, auto) { return term(i, c); });
}

}  // namespace rhyton
