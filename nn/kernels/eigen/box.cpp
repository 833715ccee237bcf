#include "nn/kernels/box.hpp"

#include <algorithm>
#include <cstring>

#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

template <class T>
T storage_of(double value, DType dtype) {
  if constexpr (std::is_same_v<T, std::string>) {
    return {};
  } else {
    T bits{};
    dispatch_number(dtype, [&]<class N>(N) {
      const N number = static_cast<N>(value);
      if constexpr (sizeof(N) == sizeof(T)) std::memcpy(&bits, &number, sizeof(T));
    });
    return bits;
  }
}

/// The copy with neighbouring whole dimensions merged, so that the innermost rows are as long as they can be.
struct BoxPlan {
  BoxPlan(const Shape& x, const Shape& offset_of, const Shape& y) {
    for (int i = 0; i < x.rank(); ++i) {
      const bool whole = offset_of[i] == 0 && x[i] == y[i];
      if (whole && rank > 0) {
        in[rank - 1] *= x[i];
        out[rank - 1] *= x[i];
        offset[rank - 1] *= x[i];
      } else {
        in[rank] = x[i];
        out[rank] = y[i];
        offset[rank] = offset_of[i];
        ++rank;
      }
    }
    if (rank == 0) in[0] = out[0] = 1, offset[0] = 0, rank = 1;
    in_stride[rank - 1] = out_stride[rank - 1] = 1;
    for (int i = rank - 1; i > 0; --i) {
      in_stride[i - 1] = in_stride[i] * in[i];
      out_stride[i - 1] = out_stride[i] * out[i];
    }
  }

  int rank = 0;
  Dim in[Shape::max_rank]{}, out[Shape::max_rank]{}, offset[Shape::max_rank]{};
  Dim in_stride[Shape::max_rank]{}, out_stride[Shape::max_rank]{};
};

template <class T>
void copy_row(const BoxPlan& p, const T* x, T* y, Dim begin, Dim end, int d, const T& value) {
  const Dim first = std::clamp(-p.offset[d], begin, end),
            last = std::clamp(p.in[d] - p.offset[d], first, end);
  std::fill(y + begin, y + first, value);
  if (last > first) std::copy(x + first + p.offset[d], x + last + p.offset[d], y + first);
  std::fill(y + last, y + end, value);
}

template <class T>
void copy_box(const BoxPlan& p, const T* x, T* y, Dim begin, Dim end, int d, const T& value) {
  if (d == p.rank - 1) return copy_row(p, x, y, begin, end, d, value);
  for (Dim i = begin; i < end; ++i) {
    const Dim from = i + p.offset[d];
    T* target = y + i * p.out_stride[d];
    if (from < 0 || from >= p.in[d])
      std::fill(target, target + p.out_stride[d], value);
    else
      copy_box(p, x + from * p.in_stride[d], target, 0, p.out[d + 1], d + 1, value);
  }
}

/// A transposition with axes that stay together merged: sizes in y's order and x's stride for each.
struct TransposePlan {
  TransposePlan(const Shape& x, const Shape& permutation) {
    Dim strides[Shape::max_rank + 1];
    strides[x.rank()] = 1;
    for (int i = x.rank(); i > 0; --i) strides[i - 1] = strides[i] * x[i - 1];
    for (int i = 0; i < x.rank(); ++i) {
      const int from = static_cast<int>(permutation[i]);
      if (x[from] == 1) continue;
      const Dim stride = strides[from + 1];
      if (rank > 0 && in_stride[rank - 1] == stride * x[from]) {
        size[rank - 1] *= x[from];
        in_stride[rank - 1] = stride;
      } else {
        size[rank] = x[from];
        in_stride[rank++] = stride;
      }
    }
    if (rank == 0) size[0] = 1, in_stride[0] = 1, rank = 1;
    out_stride[rank - 1] = 1;
    for (int i = rank - 1; i > 0; --i) out_stride[i - 1] = out_stride[i] * size[i];
    for (int i = 0; i < rank - 1; ++i)
      if (in_stride[i] == 1) row = i;
  }

  int rank = 0, row = -1;  ///< `row`: the axis of y that is innermost in x, if that is not also y's innermost
  Dim size[Shape::max_rank]{}, in_stride[Shape::max_rank]{}, out_stride[Shape::max_rank]{};
};

/// y[i, j] = x[j, i] in tiles that fit the first cache.
template <class T>
void transpose_plane(const T* x, Dim x_stride, T* y, Dim y_stride, Dim rows, Dim columns) {
  constexpr Dim tile = 16;
  for (Dim i = 0; i < rows; i += tile)
    for (Dim j = 0; j < columns; j += tile) {
      const Dim i_end = std::min(rows, i + tile), j_end = std::min(columns, j + tile);
      for (Dim a = i; a < i_end; ++a)
        for (Dim b = j; b < j_end; ++b) y[a * y_stride + b] = x[b * x_stride + a];
    }
}

template <class T>
void transpose_part(const TransposePlan& p, const T* x, T* y, int d) {
  const int last = p.rank - 1;
  if (d == p.row) return transpose_part(p, x, y, d + 1);
  if (d < last) {
    for (Dim i = 0; i < p.size[d]; ++i)
      transpose_part(p, x + i * p.in_stride[d], y + i * p.out_stride[d], d + 1);
  } else if (p.row >= 0) {
    transpose_plane(x, p.in_stride[last], y, p.out_stride[p.row], p.size[p.row], p.size[last]);
  } else {
    for (Dim i = 0; i < p.size[last]; ++i) y[i] = x[i * p.in_stride[last]];
  }
}

}  // namespace

void box_copy(ConstView x, const Shape& offset, double value, View y) {
  const BoxPlan plan(x.shape(), offset, y.shape());
  dispatch_storage(x.dtype(), [&]<class T>(const T&) {
    const T filler = storage_of<T>(value, x.dtype());
    const Dim grain = plan.rank > 1 ? std::max<Dim>(1, 65536 / std::max<Dim>(1, plan.out_stride[0])) : 65536;
    parallel_for(plan.out[0], grain, [&](Dim begin, Dim end) {
      copy_box(plan, static_cast<const T*>(x.raw()), static_cast<T*>(y.raw()), begin, end, 0, filler);
    });
  });
}

void transpose(ConstView x, const Shape& permutation, View y) {
  if (x.size() == 0) return;
  const TransposePlan plan(x.shape(), permutation);
  dispatch_storage(x.dtype(), [&]<class T>(const T&) {
    const T* from = static_cast<const T*>(x.raw());
    T* to = static_cast<T*>(y.raw());
    if (plan.row == 0 || plan.rank == 1) return transpose_part(plan, from, to, 0);
    parallel_for(plan.size[0], std::max<Dim>(1, 65536 / plan.out_stride[0]), [&](Dim begin, Dim end) {
      for (Dim i = begin; i < end; ++i)
        transpose_part(plan, from + i * plan.in_stride[0], to + i * plan.out_stride[0], 1);
    });
  });
}

}  // namespace rhyton
