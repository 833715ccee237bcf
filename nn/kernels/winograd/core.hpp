#pragma once
/// @file core.hpp  What Winograd kernels share: tiles of images through transformation, product and back.
#include "nn/kernels/box.hpp"
#include "nn/kernels/conv.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/winograd/tiles.hpp"

namespace rhyton::winograd {

/// Uses of `shared_scratch`.
struct SharedWeights;
struct SharedTurned;
struct SharedSums;
struct SharedBlocks;

/// A place in y: the tile's first output pixel.
struct Place {
  Dim image, row, column;
};

/// 3x3 convolution with stride one by F(M x M, 3 x 3), channels_last, float32. Forward, and back by the
/// adjoint maps: the transformed gradient serves dw and dx. Blocks of tiles run through all stages in the
/// second cache. What becomes of a tile of y, and where its gradient comes from, is the caller's.
template <int M>
class Core {
 public:
  static constexpr int N = M + 2;
  static constexpr Dim points = N * N;

  explicit Core(const ConvDesc& desc)
      : d_(desc),
        rows_((desc.out[0] + M - 1) / M),
        columns_((desc.out[1] + M - 1) / M),
        image_tiles_(rows_ * columns_),
        tiles_(desc.batch * image_tiles_),
        inputs_(Panels::padded(desc.in_channels)),
        filters_(Panels::padded(desc.filters)),
        zeros_({std::max(inputs_, filters_)}) {
    // A block's matrices shall stay in the second cache, unless the weights do not: then it is worth as much
    // as they.
    constexpr Dim cache = 512 * 1024 / sizeof(float);
    const Dim resident = cache / (points * (inputs_ + filters_));
    const Dim balanced = inputs_ * filters_ / (inputs_ + filters_);
    block_ = std::min(tiles_, std::max<Dim>({resident / 12 * 12, balanced, 12}));
  }

  void weights_changed() { packed_ = packed_adjoint_ = nullptr; }
  const float* zeros() const { return zeros_.template data<float>(); }
  Dim padded_filters() const { return filters_; }

  /// `store(place, m, stride, waste)` takes each tile's matrices; `waste` is memory for what lies outside of
  /// y.
  template <class Store>
  void forward(const float* x, const float* w, Store&& store) {
    const float* u = pack(w);
    over_blocks([&](Dim begin, Dim end, const Buffers& buffers) {
      const auto [v, m, waste] = buffers;
      const Dim n = end - begin, v_stride = stride(n, inputs_), m_stride = stride(n, filters_);
      transform_input(x, begin, end, v);
      for (Dim p = 0; p < points; ++p)
        panel_product(n, filters_, d_.in_channels, v + p * v_stride, inputs_, 1, u + p * weights_stride(),
                      m + p * m_stride, filters_, false);
      for_tiles(begin, end, [&, m = m, waste = waste](Dim t, const Place& at) {
        store(at, m + (t - begin) * filters_, m_stride, waste);
      });
    });
  }

  /// `load(place, m, stride)` gives each tile's transformed gradient. dx and dw may be absent.
  template <class Load>
  void backward(const float* x, const float* w, float* dx, GradTarget dw, Load&& load) {
    const float* u = dx != nullptr ? pack_adjoint(w) : nullptr;
    const Dim sum_size = points * weights_stride();
    const Dim parts = std::min<Dim>(get_threads(), d_.batch);
    float* sums = dw ? shared_scratch<SharedSums>().template get<float>(parts * sum_size) : nullptr;
    if (dw) std::fill(sums, sums + parts * sum_size, 0.0f);
    over_images(parts, [&](Dim part, Dim first, Dim last, const Buffers& buffers) {
      const auto [v, m, waste] = buffers;
      const Dim image = d_.in[0] * d_.in[1] * d_.in_channels;
      std::fill(waste, waste + inputs_, 0.0f);
      if (dx != nullptr) std::fill(dx + first * image, dx + last * image, 0.0f);
      for (Dim begin = first * image_tiles_; begin < last * image_tiles_; begin += block_) {
        const Dim end = std::min(begin + block_, last * image_tiles_);
        const Dim m_stride = stride(end - begin, filters_);
        for_tiles(begin, end,
                  [&, m = m](Dim t, const Place& at) { load(at, m + (t - begin) * filters_, m_stride); });
        if (dw) add_weights_gradient(x, begin, end, v, m, sums + part * sum_size);
        if (dx != nullptr) add_input_gradient(u, begin, end, v, m, waste, dx);
      }
    });
    if (!dw) return;
    if (parts > 1)
      parallel_for(sum_size, 4096, [&](Dim begin, Dim end) {
        for (Dim p = 1; p < parts; ++p)
          for (Dim i = begin; i < end; ++i) sums[i] += sums[p * sum_size + i];
      });
    Tiles<M>::weights_adjoint(sums, weights_stride(), filters_, d_.in_channels, d_.filters,
                              dw.view.template data<float>(), dw.accumulate);
  }

 private:
  /// Rows of a transformed matrix follow each other; the matrices are one line more apart, lest all N x N of
  /// them fall into one set of the first cache.
  static constexpr Dim line = 16;
  static Dim stride(Dim tiles, Dim channels) { return tiles * channels + line; }
  Dim weights_stride() const { return d_.in_channels * filters_ + line; }
  Dim adjoint_stride() const { return d_.filters * inputs_ + line; }
  Dim v_size() const { return points * stride(block_, inputs_); }
  Dim m_size() const { return points * stride(block_, filters_); }
  Dim buffers_size() const { return v_size() + m_size() + zeros_.size(); }

  /// One thread's memory: a block's matrices, and where pixels outside of the image are written.
  struct Buffers {
    float *v, *m, *waste;
  };
  Buffers buffers(float* scratch, Dim part) const {
    float* v = scratch + part * buffers_size();
    return {v, v + v_size(), v + v_size() + m_size()};
  }

  /// In training, weights are packed in each call and need not be kept until the next.
  template <class Use>
  Scratch& kept(Scratch& own) const {
    return d_.options.training ? shared_scratch<Use>() : own;
  }

  /// The transformed weights, in panels of filters.
  const float* pack(const float* w) {
    float* u = kept<SharedWeights>(weights_).template get<float>(points * weights_stride());
    if (d_.options.training || packed_ != w) {
      Tiles<M>::weights(w, d_.in_channels, d_.filters, u, weights_stride());
      packed_ = w;
    }
    return u;
  }

  /// The transformed weights transposed, in panels of inputs.
  const float* pack_adjoint(const float* w) {
    float* u = kept<SharedWeights>(adjoint_weights_).template get<float>(points * adjoint_stride());
    if (d_.options.training || packed_adjoint_ != w) {
      float* turned = shared_scratch<SharedTurned>().template get<float>(9 * d_.in_channels * d_.filters);
      transpose(ConstView(w, {9, d_.in_channels, d_.filters}, DType::float32), {0, 2, 1},
                View(turned, {9, d_.filters, d_.in_channels}, DType::float32));
      Tiles<M>::weights(turned, d_.filters, d_.in_channels, u, adjoint_stride());
      packed_adjoint_ = w;
    }
    return u;
  }

  /// Calls `f(first tile, last, buffers)` on blocks of tiles, on all threads.
  template <class F>
  void over_blocks(F&& f) {
    const Dim threads = std::max<Dim>(1, std::min<Dim>(get_threads(), tiles_ / 4));
    const Dim blocks = ((tiles_ + block_ - 1) / block_ + threads - 1) / threads * threads;
    float* scratch = shared_scratch<SharedBlocks>().template get<float>(threads * buffers_size());
    parallel_for(threads, 1, [&](Dim first, Dim last) {
      for (Dim t = first; t < last; ++t)
        for (Dim b = blocks * t / threads; b < blocks * (t + 1) / threads; ++b)
          if (tiles_ * b / blocks < tiles_ * (b + 1) / blocks)
            f(tiles_ * b / blocks, tiles_ * (b + 1) / blocks, buffers(scratch, t));
    });
  }

  /// Calls `f(part, first image, last, buffers)`.
  template <class F>
  void over_images(Dim parts, F&& f) {
    float* scratch = shared_scratch<SharedBlocks>().template get<float>(parts * buffers_size());
    parallel_for(parts, 1, [&](Dim first, Dim last) {
      for (Dim p = first; p < last; ++p)
        f(p, d_.batch * p / parts, d_.batch * (p + 1) / parts, buffers(scratch, p));
    });
  }

  /// Calls `f(tile, its place)`.
  template <class F>
  void for_tiles(Dim begin, Dim end, F&& f) const {
    Dim image = begin / image_tiles_, row = begin % image_tiles_ / columns_, column = begin % columns_;
    for (Dim t = begin; t < end; ++t) {
      f(t, Place{image, row * M, column * M});
      if (++column < columns_) continue;
      column = 0;
      if (++row < rows_) continue;
      row = 0;
      ++image;
    }
  }

  /// The N x N pixels of x under a tile.
  template <class T>
  Pixels<T, N> in_pixels(T* x, const Place& at, T* outside) const {
    return {x + at.image * d_.in[0] * d_.in[1] * d_.in_channels,
            d_.in[0],
            d_.in[1],
            d_.in_channels,
            at.row - d_.pad_before[0],
            at.column - d_.pad_before[1],
            outside};
  }

  void transform_input(const float* x, Dim begin, Dim end, float* v) const {
    for_tiles(begin, end, [&](Dim t, const Place& at) {
      Tiles<M>::input(in_pixels(x, at, zeros()), d_.in_channels, v + (t - begin) * inputs_,
                      stride(end - begin, inputs_));
    });
  }

  /// sums += v^T m, with v transformed anew: to keep it from the forward pass would cost more memory and no
  /// less time.
  void add_weights_gradient(const float* x, Dim begin, Dim end, float* v, const float* m, float* sums) const {
    const Dim n = end - begin;
    transform_input(x, begin, end, v);
    for (Dim p = 0; p < points; ++p)
      for (Dim j = 0; j < filters_; j += Panels::width)
        strip_product(d_.in_channels, Panels::row(filters_, j), n, v + p * stride(n, inputs_), 1, inputs_,
                      m + p * stride(n, filters_) + j, filters_, sums + p * weights_stride() + j, filters_,
                      true);
  }

  void add_input_gradient(const float* u, Dim begin, Dim end, float* v, const float* m, float* waste,
                          float* dx) const {
    const Dim n = end - begin;
    for (Dim p = 0; p < points; ++p)
      panel_product(n, inputs_, d_.filters, m + p * stride(n, filters_), filters_, 1,
                    u + p * adjoint_stride(), v + p * stride(n, inputs_), inputs_, false);
    for_tiles(begin, end, [&](Dim t, const Place& at) {
      Tiles<M>::input_adjoint(v + (t - begin) * inputs_, stride(n, inputs_), d_.in_channels,
                              in_pixels(dx, at, waste));
    });
  }

  ConvDesc d_;
  Dim rows_, columns_, image_tiles_, tiles_;
  Dim inputs_, filters_;  ///< padded to vectors
  Dim block_ = 1;
  Tensor zeros_;
  Scratch weights_, adjoint_weights_;  ///< unless they are packed in each call
  const float *packed_ = nullptr, *packed_adjoint_ = nullptr;
};

}  // namespace rhyton::winograd
