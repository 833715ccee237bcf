#include "nn/kernels/box.hpp"
#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/winograd/tiles.hpp"

namespace rhyton::winograd {

namespace {

/// Rows of a transformed matrix follow each other; the matrices are one line more apart, lest all N x N of
/// them fall into one set of the first cache.
constexpr Dim line = 16;

/// 3x3 convolution with stride one by F(M x M, 3 x 3), channels_last, float32. Forward, and back by the
/// adjoint maps: the transformed gradient serves dw and dx. Blocks of tiles run through all stages in the
/// second cache.
template <int M>
class Conv final : public ConvKernel {
 public:
  static constexpr int N = M + 2;
  static constexpr Dim points = N * N;

  explicit Conv(const ConvDesc& desc)
      : d_(desc),
        rows_((desc.out[0] + M - 1) / M),
        columns_((desc.out[1] + M - 1) / M),
        image_tiles_(rows_ * columns_),
        tiles_(desc.batch * image_tiles_),
        inputs_(Panels::padded(desc.in_channels)),
        filters_(Panels::padded(desc.filters)),
        zeros_({std::max(inputs_, filters_)}) {
    fused_ =
        d_.activation.kind == ActivationKind::linear || d_.activation == ActivationSpec{ActivationKind::relu};
    // A block's matrices shall stay in the second cache, unless the weights do not: then it is worth as much
    // as they.
    constexpr Dim cache = 512 * 1024 / sizeof(float);
    const Dim resident = cache / (points * (inputs_ + filters_)),
              balanced = inputs_ * filters_ / (inputs_ + filters_);
    block_ = std::min(tiles_, std::max<Dim>({resident / 12 * 12, balanced, 12}));
  }

  const char* implementation() const override { return M == 4 ? "winograd:f4x3" : "winograd:f2x3"; }
  void weights_changed() override { packed_ = packed_adjoint_ = nullptr; }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    const float* u = pack(w);
    const Finish finish{b ? b.data<float>() : nullptr, fused_ && d_.activation.kind == ActivationKind::relu};
    over_blocks([&](Dim begin, Dim end, const Buffers& buffers) {
      const auto [v, m, waste] = buffers;
      const Dim n = end - begin, v_stride = stride(n, inputs_), m_stride = stride(n, filters_);
      transform_input(x.data<float>(), begin, end, v);
      for (Dim p = 0; p < points; ++p)
        panel_product(n, filters_, d_.in_channels, v + p * v_stride, inputs_, 1, u + p * weights_stride(),
                      m + p * m_stride, filters_, false);
      float* out[M * M];
      const float* add[M * M];
      for (Dim t = begin; t < end; ++t) {
        out_pixels(y.data<float>(), t, waste, out);
        if (z) out_pixels<const float>(z.data<float>(), t, zeros_.data<float>(), add);
        Tiles<M>::output(m + (t - begin) * filters_, m_stride, d_.filters, finish, z ? add : nullptr, out);
      }
    });
    if (!fused_)
      finish_channels<float>(d_.activation, y.data<float>(), nullptr, nullptr,
                             d_.batch * d_.out[0] * d_.out[1], d_.filters, 1);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const float* u = dx ? pack_adjoint(w) : nullptr;
    const Dim sum_size = points * sum_stride();
    const Dim parts = std::min<Dim>(get_threads(), d_.batch);
    float* sums = dw ? sums_.get<float>(parts * sum_size) : nullptr;
    if (dw) std::fill(sums, sums + parts * sum_size, 0.0f);
    over_images(parts, [&](Dim part, Dim first, Dim last, const Buffers& buffers) {
      const auto [v, m, waste] = buffers;
      std::fill(waste, waste + inputs_, 0.0f);
      const Dim image = d_.in[0] * d_.in[1] * d_.in_channels;
      if (dx) std::fill(dx.data<float>() + first * image, dx.data<float>() + last * image, 0.0f);
      for (Dim begin = first * image_tiles_; begin < last * image_tiles_; begin += block_) {
        const Dim end = std::min(begin + block_, last * image_tiles_);
        transform_gradient(dz.data<float>(), begin, end, m);
        if (dw) add_weights_gradient(x.data<float>(), begin, end, v, m, sums + part * sum_size);
        if (dx) add_input_gradient(u, begin, end, v, m, waste, dx.data<float>());
      }
    });
    if (dw) {
      for (Dim p = 1; p < parts; ++p)
        for (Dim i = 0; i < sum_size; ++i) sums[i] += sums[p * sum_size + i];
      Tiles<M>::weights_adjoint(sums, sum_stride(), filters_, d_.in_channels, d_.filters,
                                dw.view.data<float>(), dw.accumulate);
    }
    if (db)
      channel_sums(dz.data<float>(), d_.batch * d_.out[0] * d_.out[1], d_.filters, Dim{1},
                   db.view.data<float>(), db.accumulate);
  }

 private:
  static Dim stride(Dim tiles, Dim channels) { return tiles * channels + line; }
  Dim weights_stride() const { return d_.in_channels * filters_ + line; }
  Dim adjoint_stride() const { return d_.filters * inputs_ + line; }
  Dim sum_stride() const { return d_.in_channels * filters_ + line; }
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

  /// The transformed weights, in panels of filters.
  const float* pack(ConstView w) {
    float* u = weights_.get<float>(points * weights_stride());
    if (d_.options.training || packed_ != w.raw()) {
      Tiles<M>::weights(w.data<float>(), d_.in_channels, d_.filters, u, weights_stride());
      packed_ = w.raw();
    }
    return u;
  }

  /// The transformed weights transposed, in panels of inputs.
  const float* pack_adjoint(ConstView w) {
    const Dim size = d_.in_channels * d_.filters;
    float* u = adjoint_weights_.get<float>(points * adjoint_stride());
    if (d_.options.training || packed_adjoint_ != w.raw()) {
      float* turned = turned_.get<float>(9 * size);
      transpose(w.reshaped({9, d_.in_channels, d_.filters}), {0, 2, 1},
                View(turned, {9, d_.filters, d_.in_channels}, DType::float32));
      Tiles<M>::weights(turned, d_.filters, d_.in_channels, u, adjoint_stride());
      packed_adjoint_ = w.raw();
    }
    return u;
  }

  /// Calls `f(first tile, last, buffers)` on blocks of tiles, on all threads.
  template <class F>
  void over_blocks(F&& f) {
    const Dim threads = std::max<Dim>(1, std::min<Dim>(get_threads(), tiles_ / 4));
    const Dim blocks = ((tiles_ + block_ - 1) / block_ + threads - 1) / threads * threads;
    float* scratch = scratch_.get<float>(threads * buffers_size());
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
    float* scratch = scratch_.get<float>(parts * buffers_size());
    parallel_for(parts, 1, [&](Dim first, Dim last) {
      for (Dim p = first; p < last; ++p)
        f(p, d_.batch * p / parts, d_.batch * (p + 1) / parts, buffers(scratch, p));
    });
  }

  struct Place {
    Dim image, row, column;  ///< of the tile's first output pixel
  };
  Place place(Dim tile) const {
    const Dim in_image = tile % image_tiles_;
    return {tile / image_tiles_, in_image / columns_ * M, in_image % columns_ * M};
  }

  /// Pointers to the N x N pixels of x under a tile; `outside` where there is none.
  template <class T>
  void in_pixels(T* x, Dim tile, T* outside, T** pixels) const {
    const Place at = place(tile);
    for (Dim i = 0; i < N; ++i) {
      const Dim row = at.row + i - d_.pad_before[0];
      const bool row_inside = row >= 0 && row < d_.in[0];
      for (Dim j = 0; j < N; ++j) {
        const Dim column = at.column + j - d_.pad_before[1];
        const bool inside = row_inside && column >= 0 && column < d_.in[1];
        pixels[i * N + j] =
            inside ? x + ((at.image * d_.in[0] + row) * d_.in[1] + column) * d_.in_channels : outside;
      }
    }
  }

  /// Pointers to the M x M pixels of y in a tile.
  template <class T>
  void out_pixels(T* y, Dim tile, T* outside, T** pixels) const {
    const Place at = place(tile);
    for (Dim i = 0; i < M; ++i)
      for (Dim j = 0; j < M; ++j) {
        const Dim row = at.row + i, column = at.column + j;
        const bool inside = row < d_.out[0] && column < d_.out[1];
        pixels[i * M + j] =
            inside ? y + ((at.image * d_.out[0] + row) * d_.out[1] + column) * d_.filters : outside;
      }
  }

  void transform_input(const float* x, Dim begin, Dim end, float* v) const {
    const float* pixels[N * N];
    for (Dim t = begin; t < end; ++t) {
      in_pixels<const float>(x, t, zeros_.data(), pixels);
      Tiles<M>::input(pixels, d_.in_channels, v + (t - begin) * inputs_, stride(end - begin, inputs_));
    }
  }

  void transform_gradient(const float* dz, Dim begin, Dim end, float* m) const {
    const float* pixels[M * M];
    for (Dim t = begin; t < end; ++t) {
      out_pixels<const float>(dz, t, zeros_.data(), pixels);
      Tiles<M>::output_adjoint(pixels, d_.filters, m + (t - begin) * filters_, stride(end - begin, filters_));
    }
  }

  /// sums += v^T m, with v transformed anew: to keep it from the forward pass would cost more memory and no
  /// less time.
  void add_weights_gradient(const float* x, Dim begin, Dim end, float* v, const float* m, float* sums) const {
    const Dim n = end - begin;
    transform_input(x, begin, end, v);
    for (Dim p = 0; p < points; ++p)
      for (Dim j = 0; j < filters_; j += Panels::width)
        strip_product(d_.in_channels, Panels::row(filters_, j), n, v + p * stride(n, inputs_), 1, inputs_,
                      m + p * stride(n, filters_) + j, filters_, sums + p * sum_stride() + j, filters_, true);
  }

  void add_input_gradient(const float* u, Dim begin, Dim end, float* v, const float* m, float* waste,
                          float* dx) const {
    const Dim n = end - begin;
    for (Dim p = 0; p < points; ++p)
      panel_product(n, inputs_, d_.filters, m + p * stride(n, filters_), filters_, 1,
                    u + p * adjoint_stride(), v + p * stride(n, inputs_), inputs_, false);
    float* pixels[N * N];
    for (Dim t = begin; t < end; ++t) {
      in_pixels(dx, t, waste, pixels);
      Tiles<M>::input_adjoint(v + (t - begin) * inputs_, stride(n, inputs_), d_.in_channels, pixels);
    }
  }

  ConvDesc d_;
  Dim rows_, columns_, image_tiles_, tiles_;
  Dim inputs_, filters_;  ///< padded to vectors
  Dim block_ = 1;
  bool fused_ = false;
  Tensor zeros_;
  Scratch weights_, adjoint_weights_, turned_, scratch_, sums_;
  const void *packed_ = nullptr, *packed_adjoint_ = nullptr;
};

bool fits(const ConvDesc& d) {
  return d.rank == 2 && d.options.dtype == DType::float32 && !d.channels_first && d.groups == 1 &&
         !d.depthwise && d.kernel[0] == 3 && d.kernel[1] == 3 && d.strides[0] == 1 && d.strides[1] == 1 &&
         d.dilation[0] == 1 && d.dilation[1] == 1 && d.batch > 0 && d.in_channels > 0 && d.filters > 0;
}

/// Seconds of a forward pass, with the rates of one core that has AVX-512; only their ratios matter.
constexpr double product_rate = 110e9;
double direct_cost(const ConvDesc& d) {
  return 18.0 * static_cast<double>(d.batch * d.out[0] * d.out[1] * d.in_channels * d.filters) / product_rate;
}

double winograd_cost(const ConvDesc& d, Dim m) {
  const Dim inputs = Panels::padded(d.in_channels), filters = Panels::padded(d.filters),
            points = (m + 2) * (m + 2);
  const Dim tiles = d.batch * ((d.out[0] + m - 1) / m) * ((d.out[1] + m - 1) / m);
  const double product = 2.0 * static_cast<double>(points * tiles * inputs * filters) / product_rate;
  const double transforms = (m == 4 ? 75e-9 : 22e-9) * static_cast<double>(tiles * (inputs + filters) / 16);
  // Transformed weights that no cache near the core holds come at the speed of the next level.
  const double weights = static_cast<double>(points * inputs * filters) * sizeof(float);
  const double reading = weights > 1e6 ? weights / 35e9 : 0.0;
  return std::max(product, reading) + transforms;
}

}  // namespace

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& d, int m) {
  if (!fits(d)) return nullptr;
  if (m == 4) return std::make_unique<Conv<4>>(d);
  return std::make_unique<Conv<2>>(d);
}

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& d) {
  if (d.options.precision == Precision::exact || !fits(d) || d.in_channels < 16 || d.filters < 16)
    return nullptr;
  const double small = winograd_cost(d, 2), large = winograd_cost(d, 4);
  // F(2, 3) is as exact as the direct sum; the errors of F(4, 3) are some three times as large.
  const int m = d.options.precision == Precision::fast && large < small ? 4 : 2;
  if (std::min(small, m == 4 ? large : small) > 0.9 * direct_cost(d)) return nullptr;
  return make_conv(d, m);
}

}  // namespace rhyton::winograd
