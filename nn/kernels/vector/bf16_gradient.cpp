#include "nn/kernels/vector/bf16_gradient.hpp"

#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton::vector::bf16 {

namespace {

/// Rows of a slice, so that two panels of it fit in the first cache; rows packed at a time, for the second.
constexpr Dim slice = 128, most = 4 * slice;

}  // namespace

void WeightGradient::run(const float* x, const float* dz, float* dw, bool accumulate) {
  const Dim packed = pairs(std::min(most, (rows_ + slice - 1) / slice * slice));
  auto *xs = x_.get<Pair>(packed * inputs_), *gradients = dz_.get<Pair>(packed * units_);
  for (Dim first = 0; first < rows_; first += most) {
    const Dim n = std::min(most, rows_ - first);
    parallel_for((n + slice - 1) / slice, 1, [&](Dim begin, Dim end) {
      for (Dim s = begin; s < end; ++s) {
        const Dim row = first + s * slice, count = std::min(slice, n - s * slice);
        pack(x + row * inputs_, count, inputs_, xs + s * pairs(slice) * inputs_);
        pack(dz + row * units_, count, units_, gradients + s * pairs(slice) * units_);
      }
    });
    add_rows(n, xs, gradients, dw, accumulate || first > 0);
  }
}

void WeightGradient::add_rows(Dim n, const Pair* x, const Pair* dz, float* dw, bool accumulate) const {
  constexpr Dim width = Panels::width;
  const Dim across = (inputs_ + width - 1) / width, tiles = across * ((units_ + width - 1) / width);
  parallel_for(tiles, 1, [&](Dim begin, Dim end) {
    for (Dim tile = begin; tile < end; ++tile) {
      const Dim i = tile % across * width, j = tile / across * width;
      for (Dim row = 0; row < n; row += slice) {
        const Dim depth = pairs(std::min(slice, n - row)), before = pairs(row);
        strip_product(Panels::row(inputs_, i), Panels::row(units_, j), depth,
                      x + before * inputs_ + Panels::offset(depth, i), 1, Panels::row(inputs_, i),
                      dz + before * units_ + Panels::offset(depth, j), dw + i * units_ + j, units_,
                      accumulate || row > 0);
      }
    }
  });
}

}  // namespace rhyton::vector::bf16
