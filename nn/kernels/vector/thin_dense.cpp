// Dense on the few rows of a training batch by many weights. Reading those is most of the cost, and engines
// pack them anew in each direction of each step. Here they are read in their own order, once a direction, and
// only the tile that is next is copied. Backward takes them in blocks of rows: first their part of dx, then
// their gradient, which a sink takes while the block is in the cache.
#include <algorithm>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton::vector {

namespace {

/// n columns of `rows` rows, filled with zeros up to `to` columns.
void copy_padded(const float* from, Dim from_row, Dim rows, Dim n, float* target, Dim to) {
  for (Dim i = 0; i < rows; ++i) {
    std::copy_n(from + i * from_row, n, target + i * to);
    std::fill(target + i * to + n, target + (i + 1) * to, 0.0f);
  }
}

/// Asks for n columns of `rows` rows in the second cache.
void fetch_columns(const float* from, Dim from_row, Dim rows, Dim n) {
  for (Dim i = 0; i < rows; ++i)
    for (Dim j = 0; j < n; j += 16) __builtin_prefetch(from + i * from_row + j, 0, 2);
}

class ThinDense final : public DenseKernel {
 public:
  static constexpr Dim most_rows = 64;

  explicit ThinDense(const DenseDesc& d)
      : d_(d),
        rows_(d.rows),
        inputs_(d.inputs),
        units_(d.units),
        lines_(Panels::padded(d.rows)),
        padded_(Panels::padded(d.units)) {}
  const char* implementation() const override { return "vector:thin"; }
  bool streams() const override { return true; }

  void forward(ConstView x, ConstView w, ConstView b, View y) override {
    float* out = y.data<float>();
    for (Dim i = 0; i < rows_; ++i)
      if (b)
        std::copy_n(b.data<float>(), units_, out + i * units_);
      else
        std::fill_n(out + i * units_, units_, 0.0f);
    parallel_for((units_ + width - 1) / width, 1, [&](Dim begin, Dim end) {
      add_product(x.data<float>(), w.data<float>(), begin * width, std::min(end * width, units_), out);
    });
    if (d_.activation.kind == ActivationKind::linear) return;
    const View rows(out, {rows_, units_}, DType::float32);
    activation_forward(d_.activation, rows, rows);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const float* gradient = dz.data<float>();
    if (db) channel_sums(gradient, rows_, units_, Dim{1}, db.view.data<float>(), db.accumulate);
    if (!dx && !dw) return;
    if (dw)
      for (Dim j = 0; j < units_; j += width)
        copy_padded(gradient + j, units_, rows_, std::min(width, units_ - j), panels() + j * rows_,
                    Panels::row(padded_, j));
    if (dx) transpose_gradient(gradient);
    const Dim blocks = (inputs_ + block_rows - 1) / block_rows, parts = part_count(blocks, 1);
    float* own = blocks_.get<float>(parts * block_rows * padded_);
    parallel_for(parts, 1, [&](Dim first_part, Dim last_part) {
      for (Dim part = first_part; part < last_part; ++part)
        for (Dim i = blocks * part / parts; i < blocks * (part + 1) / parts; ++i) {
          const Dim first = i * block_rows, n = std::min(block_rows, inputs_ - first);
          if (dx) data_block(w.data<float>() + first * units_, inputs_ - first, dx.data<float>() + first);
          if (dw) weight_block(x.data<float>() + first, first, n, own + part * block_rows * padded_, dw);
        }
    });
  }

 private:
  static constexpr Dim width = Panels::width;
  /// Rows of a tile of forward's, which fits the first cache beside what it is multiplied by.
  static constexpr Dim tile_rows = 64;
  /// Rows of weights that backward takes at a time, and columns of them that it copies for dx: rows a power
  /// of two apart would push each other out of the first cache.
  static constexpr Dim block_rows = 12, block_columns = 256, block_row = block_columns + 16;

  float* panels() { return panels_.get<float>(rows_ * padded_); }
  float* transposed() { return transposed_.get<float>(units_ * lines_); }

  void transpose_gradient(const float* dz) {
    float* to = transposed();
    for (Dim j = 0; j < units_; j += 16)
      for (Dim i = 0; i < rows_; ++i)
        for (Dim c = j; c < std::min(j + 16, units_); ++c) to[c * lines_ + i] = dz[i * units_ + c];
    for (Dim j = 0; j < units_; ++j) std::fill(to + j * lines_ + rows_, to + (j + 1) * lines_, 0.0f);
  }

  /// Columns [begin, end) of y += x w.
  void add_product(const float* x, const float* w, Dim begin, Dim end, float* y) const {
    alignas(64) float tile[tile_rows * width];
    alignas(64) float rest[most_rows * width];
    const Dim last = end - (end - begin) % width, left = end - last;
    if (left > 0) copy_padded(y + last, units_, rows_, left, rest, Panels::padded(left));
    for (Dim k = 0; k < inputs_; k += tile_rows)
      for (Dim j = begin; j < end; j += width) {
        const Dim depth = std::min(tile_rows, inputs_ - k), to = Panels::padded(std::min(width, end - j));
        copy_padded(w + k * units_ + j, units_, depth, std::min(width, end - j), tile, to);
        const bool wraps = j + width >= end;
        const Dim next_k = wraps ? k + tile_rows : k, next_j = wraps ? begin : j + width;
        const Dim next_depth = std::clamp<Dim>(inputs_ - next_k, 0, tile_rows);
        // All of the next tile at once would block the loads of this one.
        constexpr Dim group = 6;
        const Dim groups = (rows_ + group - 1) / group;
        for (Dim g = 0; g < groups; ++g) {
          const Dim row = rows_ * g / groups, n = rows_ * (g + 1) / groups - row;
          const Dim from = next_depth * g / groups, until = next_depth * (g + 1) / groups;
          fetch_columns(w + (next_k + from) * units_ + next_j, units_, until - from,
                        std::min(width, end - next_j));
          const bool whole = j < last;
          strip_product(n, to, depth, x + row * inputs_ + k, inputs_, 1, tile, to,
                        whole ? y + row * units_ + j : rest + row * to, whole ? units_ : to, true);
        }
      }
    for (Dim i = 0; left > 0 && i < rows_; ++i)
      std::copy_n(rest + i * Panels::padded(left), left, y + i * units_ + last);
  }

  /// Columns of dx as rows, W dz^T, for the first of `below` rows of weights.
  void data_block(const float* w, Dim below, float* dx) {
    constexpr Dim part = 64;
    alignas(64) float rows[block_rows * block_row], product[block_rows * most_rows];
    const Dim n = std::min(block_rows, below);
    for (Dim j = 0; j < units_; j += block_columns) {
      const Dim columns = std::min(block_columns, units_ - j);
      copy_padded(w + j, units_, n, columns, rows, block_row);
      for (Dim c = 0; c < columns; c += part) {
        const Dim next = j + columns + c;
        if (next < units_)
          fetch_columns(w + next, units_, n, std::min(part, units_ - next));
        else if (below > n)
          fetch_columns(w + n * units_ + c, units_, std::min(block_rows, below - n),
                        std::min(part, units_ - c));
        strip_product(n, lines_, std::min(part, columns - c), rows + c, block_row, 1,
                      transposed() + (j + c) * lines_, lines_, product, lines_, j + c > 0);
      }
    }
    for (Dim r = 0; r < rows_; ++r)
      for (Dim i = 0; i < n; ++i) dx[r * inputs_ + i] = product[i * lines_ + r];
  }

  /// Rows [first, first + n) of dW = x^T dz; x begins at the first of its columns.
  void weight_block(const float* x, Dim first, Dim n, float* own, GradTarget dw) {
    float columns[most_rows * block_rows];
    copy_padded(x, inputs_, rows_, n, columns, n);
    const bool in_place = dw.sink == nullptr && padded_ == units_;
    float* out = dw.view.data<float>() + first * units_;
    float* target = in_place ? out : own;
    for (Dim j = 0; j < units_; j += width)
      strip_product(n, Panels::row(padded_, j), rows_, columns, 1, n, panels() + j * rows_,
                    Panels::row(padded_, j), target + j, padded_, in_place && dw.accumulate);
    if (in_place) return;
    if (dw.sink != nullptr) {
      for (Dim i = 1; padded_ != units_ && i < n; ++i)
        std::copy_n(own + i * padded_, units_, own + i * units_);
      return dw.sink->take(first * units_, n * units_, own);
    }
    for (Dim i = 0; i < n; ++i)
      for (Dim j = 0; j < units_; ++j)
        out[i * units_ + j] = own[i * padded_ + j] + (dw.accumulate ? out[i * units_ + j] : 0.0f);
  }

  DenseDesc d_;
  Dim rows_, inputs_, units_;
  Dim lines_, padded_;  ///< rows and units in whole vectors
  Scratch panels_, transposed_, blocks_;
};

/// Where that beats the engine, as measured: oneDNN packs from 16 rows on, which costs most where the weights
/// leave the caches, or where their rows lie so far apart that few fit the first cache together.
bool pays_unpacked(const DenseDesc& d) {
#ifdef RHYTON_ONEDNN
  return d.rows >= 16 && (d.inputs * d.units >= Dim{1} << 21 || (d.units % 512 == 0 && d.inputs >= 64));
#else
  return d.rows >= 16 && d.units >= 16;
#endif
}

}  // namespace

std::unique_ptr<DenseKernel> make_thin_dense(const DenseDesc& d) {
  if (!d.options.training || d.options.dtype != DType::float32 || d.inputs <= 0) return nullptr;
  if (d.rows > ThinDense::most_rows || !pays_unpacked(d)) return nullptr;
  return std::make_unique<ThinDense>(d);
}

}  // namespace rhyton::vector
