#pragma once
/// @file broadcast_loop.hpp  Walking over a tensor together with operands that are broadcast to its shape.
#include <array>

#include "nn/kernels/parallel.hpp"
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// The elements of a tensor of shape `whole` in rows, with the place of each of N operands, whose shapes are
/// `whole` with some dimensions 1. Neighbouring dimensions that every operand treats alike are merged.
template <std::size_t N>
class BroadcastLoop {
 public:
  using Offsets = std::array<Dim, N>;

  BroadcastLoop(const Shape& whole, const std::array<Shape, N>& operands) {
    for (int d = 0; d < whole.rank(); ++d) {
      if (whole[d] == 1) continue;
      std::array<bool, N> has{};
      bool same = rank_ > 0;
      for (std::size_t k = 0; k < N; ++k) {
        has[k] = operands[k][d] != 1;
        same = same && has[k] == has_[static_cast<std::size_t>(rank_ - 1)][k];
      }
      if (same) {
        sizes_[static_cast<std::size_t>(rank_ - 1)] *= whole[d];
      } else {
        sizes_[static_cast<std::size_t>(rank_)] = whole[d];
        has_[static_cast<std::size_t>(rank_++)] = has;
      }
    }
    if (rank_ == 0) {
      sizes_[0] = 1;
      has_[0].fill(true);
      rank_ = 1;
    }
    for (std::size_t k = 0; k < N; ++k) {
      Dim stride = 1;
      for (int d = rank_ - 1; d >= 0; --d) {
        const auto i = static_cast<std::size_t>(d);
        strides_[i][k] = has_[i][k] ? stride : 0;
        if (has_[i][k]) stride *= sizes_[i];
      }
    }
    row_ = sizes_[static_cast<std::size_t>(rank_ - 1)];
    for (int d = 0; d < rank_; ++d)
      if (sizes_[static_cast<std::size_t>(d)] == 0) row_ = 0;
  }

  /// 1 or 0: how operand k moves along a row.
  Dim step(std::size_t k) const { return strides_[static_cast<std::size_t>(rank_ - 1)][k]; }

  /// Calls f(position in the whole, offsets of the operands, length) for parts of rows, on several threads
  /// where that pays. With `target` >= 0 no two threads see the same elements of that operand.
  /// `T` as in `parallel_for`.
  template <class T = float, class F>
  void rows(int target, F&& f) const {
    using Body = std::remove_reference_t<F>;
    if constexpr (is_rare<T>)
      run(target, run_rare_row<Body>, std::addressof(f));
    else
      run(target, run_row<Body>, std::addressof(f));
  }

 private:
  using Row = void (*)(const void* body, Dim whole, const Offsets& at, Dim n);

  template <class Body>
  static void run_row(const void* body, Dim whole, const Offsets& at, Dim n) {
    (*static_cast<const Body*>(body))(whole, at, n);
  }
  template <class Body>
  [[gnu::cold]] static void run_rare_row(const void* body, Dim whole, const Offsets& at, Dim n) {
    (*static_cast<const Body*>(body))(whole, at, n);
  }

  void run(int target, Row row, const void* body) const {
    if (row_ == 0) return;
    Dim inner = 1;
    for (int d = 1; d < rank_; ++d) inner *= sizes_[static_cast<std::size_t>(d)];
    const bool divides = target < 0 || strides_[0][static_cast<std::size_t>(target)] != 0;
    const Dim grain = divides ? std::max<Dim>(1, 32768 / inner) : sizes_[0];
    parallel_for(sizes_[0], grain, [&](Dim begin, Dim end) {
      Offsets at{};
      for (std::size_t k = 0; k < N; ++k) at[k] = begin * strides_[0][k];
      if (rank_ == 1) return row(body, begin, at, end - begin);
      for (Dim i = begin; i < end; ++i) {
        walk(1, i * inner, at, row, body);
        for (std::size_t k = 0; k < N; ++k) at[k] += strides_[0][k];
      }
    });
  }

  void walk(int d, Dim whole, Offsets at, Row row, const void* body) const {
    const auto i = static_cast<std::size_t>(d);
    if (d == rank_ - 1) return row(body, whole, at, row_);
    Dim inner = 1;
    for (int e = d + 1; e < rank_; ++e) inner *= sizes_[static_cast<std::size_t>(e)];
    for (Dim n = 0; n < sizes_[i]; ++n) {
      walk(d + 1, whole + n * inner, at, row, body);
      for (std::size_t k = 0; k < N; ++k) at[k] += strides_[i][k];
    }
  }

  int rank_ = 0;
  Dim row_ = 0;
  std::array<Dim, Shape::max_rank> sizes_{};
  std::array<std::array<bool, N>, Shape::max_rank> has_{};
  std::array<std::array<Dim, N>, Shape::max_rank> strides_{};
};

/// Sum of `term(i)` for i < n in several lanes, so that it vectorizes and rounds less.
template <class T, class F>
T lane_sum(Dim n, F&& term) {
  constexpr int lanes = 16;
  T parts[lanes] = {};
  Dim i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int j = 0; j < lanes; ++j) parts[j] += term(i + j);
  for (; i < n; ++i) parts[0] += term(i);
  T total = 0;
  for (const T part : parts) total += part;
  return total;
}

}  // namespace rhyton
