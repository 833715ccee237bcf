#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/simd.hpp"
#include "nn/kernels/vector/padded_image.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

constexpr Dim strip = 2 * lanes;  ///< filters at a time

struct Window {
  Dim rows, run;    ///< kernel rows; taps x channels of one
  Dim row_stride;   ///< of the image, in elements
  Dim row_step;     ///< from one output row's window to the next
  Dim column_step;  ///< from one output column's window to the next
};

struct Pooled {
  float* y;              ///< one row of pooled pixels, `stride` apart
  std::uint8_t* argmax;  ///< as y; may be null
  Dim stride;
  const float* bias;  ///< padded to vectors
  Dim filters;        ///< left from here on
  bool relu;
};

/// P pooled pixels in a row: the four convolutions under each stay in registers until the best is known.
/// `Step`: the window's column_step, or 0 to look it up.
template <int P, int V, int Step>
RHYTON_CLONES void forward_block(const Window& window, const float* x, const float* w, const Pooled& to) {
  const Dim step = Step > 0 ? Step : window.column_step;
  F16 sum[2][2 * P][V];
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i)
#pragma GCC unroll 12
    for (int j = 0; j < 2 * P; ++j)
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[i][j][v] = F16{};
  for (Dim r = 0; r < window.rows; ++r) {
    const float* a = x + r * window.row_stride;
    for (Dim l = 0; l < window.run; ++l, ++a, w += V * lanes) {
      F16 right[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) right[v] = load(w + v * lanes);
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i)
#pragma GCC unroll 12
        for (int j = 0; j < 2 * P; ++j) {
          const F16 left = splat(a[i * window.row_step + j * step]);
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) sum[i][j][v] += left * right[v];
        }
    }
  }
#pragma GCC unroll 6
  for (int p = 0; p < P; ++p)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      F16 best = sum[0][2 * p][v];
      I16 winner{};
#pragma GCC unroll 4
      for (int k = 1; k < 4; ++k) {
        const F16 other = sum[k / 2][2 * p + k % 2][v];
        const I16 wins = other > best;
        best = wins ? other : best;
        winner = wins ? I16{} + k : winner;
      }
      best += load(to.bias + v * lanes);
      if (to.relu) best = best > F16{} ? best : F16{};
      const Dim at = p * to.stride + v * lanes;
      store(to.y + at, best);
      if (to.argmax != nullptr) store_bytes(to.argmax + at, winner);
    }
}

template <int V, int Step>
void forward_row(const Window& window, const float* x, const float* w, Pooled to, Dim columns) {
  constexpr int most = 3;
  using Block = void (*)(const Window&, const float*, const float*, const Pooled&);
  static constexpr Block blocks[] = {nullptr, forward_block<1, V, Step>, forward_block<2, V, Step>,
                                     forward_block<3, V, Step>};
  const Dim parts = (columns + most - 1) / most;
  for (Dim p = 0; p < parts; ++p) {
    const Dim first = columns * p / parts, count = columns * (p + 1) / parts - first;
    Pooled part = to;
    part.y += first * to.stride;
    if (part.argmax != nullptr) part.argmax += first * to.stride;
    const float* from = x + 2 * first * window.column_step;
    if (to.filters >= V * lanes) {
      blocks[count](window, from, w, part);
      continue;
    }
    float y[most * V * lanes];  // the last filters do not fill a vector
    std::uint8_t argmax[most * V * lanes];
    blocks[count](window, from, w, {y, argmax, V * lanes, to.bias, V * lanes, to.relu});
    for (Dim i = 0; i < count; ++i) {
      std::copy_n(y + i * V * lanes, to.filters, part.y + i * to.stride);
      if (part.argmax != nullptr)
        std::copy_n(argmax + i * V * lanes, to.filters, part.argmax + i * to.stride);
    }
  }
}

/// What backward reads of one image, 16 filters at a time.
struct Gradient {
  const float* dy;
  const float* y;  ///< null without relu
  const std::uint8_t* argmax;
  Dim stride, pixels_per_row, rows;
  Dim filters;  ///< in this vector
};

/// `Whole`: the vector has 16 filters.
template <bool Whole>
RHYTON_INLINE F16 gradient_at(const Gradient& g, Dim at) {
  const F16 dy = Whole ? load(g.dy + at) : load_part(g.dy + at, g.filters);
  if (g.y == nullptr) return dy;
  const F16 y = Whole ? load(g.y + at) : load_part(g.y + at, g.filters);
  return y > F16{} ? dy : F16{};
}

/// Element index[i] of the sixteen in `table`.
RHYTON_INLINE F16 pick(F16 table, I16 index) {
#ifndef __clang__
  return __builtin_shuffle(table, index);
#else
  F16 picked;
  for (int i = 0; i < lanes; ++i) picked[i] = table[index[i]];
  return picked;
#endif
}

/// Four rows of four pixels.
RHYTON_INLINE F16 load_patch(const float* corner, Dim row_stride) {
  F4 rows[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&rows[i], corner + i * row_stride, sizeof rows[i]);
  const F8 top = __builtin_shufflevector(rows[0], rows[1], 0, 1, 2, 3, 4, 5, 6, 7);
  const F8 bottom = __builtin_shufflevector(rows[2], rows[3], 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(top, bottom, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// One channel, 3 x 3 taps, stride one: the 4 x 4 pixels under a pooled one are one vector, out of which each
/// filter picks the nine that its winner saw. V vectors of filters; sums: nine rows of dw for each, then db.
template <int V, bool Whole>
RHYTON_CLONES void gather_weights(const Gradient (&given)[V], const float* x, Dim row_stride, float* sums) {
  Gradient g[V];
  std::copy_n(given, V, g);
  F16 total[10][V];
#pragma GCC unroll 10
  for (int k = 0; k < 10; ++k)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) total[k][v] = load(sums + (k * V + v) * lanes);
  for (Dim row = 0; row < g[0].rows; ++row)
    for (Dim p = 0; p < g[0].pixels_per_row; ++p) {
      const F16 patch = load_patch(x + 2 * row * row_stride + 2 * p, row_stride);
      const Dim at = (row * g[0].pixels_per_row + p) * g[0].stride;
      F16 gradient[V];
      I16 first[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        gradient[v] = gradient_at<Whole>(g[v], at);
        const I16 winner =
            Whole ? load_bytes(g[v].argmax + at) : load_bytes_part(g[v].argmax + at, g[v].filters);
        first[v] = (winner & 1) + (winner >> 1) * 4;
        total[9][v] += gradient[v];
      }
#pragma GCC unroll 9
      for (int k = 0; k < 9; ++k)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) total[k][v] += pick(patch, first[v] + (k / 3 * 4 + k % 3)) * gradient[v];
    }
#pragma GCC unroll 10
  for (int k = 0; k < 10; ++k)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(sums + (k * V + v) * lanes, total[k][v]);
}

/// The gradient of the convolution's two rows over one row of pooled pixels: dz (2, 2 pixels_per_row, 16).
RHYTON_CLONES void expand_row(const Gradient& g, Dim row, float* dz, Dim dz_pixel, Dim dz_row) {
  for (Dim p = 0; p < g.pixels_per_row; ++p) {
    const Dim at = (row * g.pixels_per_row + p) * g.stride;
    const F16 gradient = g.filters == lanes ? gradient_at<true>(g, at) : gradient_at<false>(g, at);
    const I16 winner = load_bytes_part(g.argmax + at, g.filters);
    for (int k = 0; k < 4; ++k) {
      const F16 part = winner == I16{} + k ? gradient : F16{};
      float* target = dz + k / 2 * dz_row + (2 * p + k % 2) * dz_pixel;
      if (g.filters == lanes)
        store(target, part);
      else
        store_part(target, part, g.filters);
    }
  }
}

/// A first convolution with relu and 2 x 2 max pooling in one pass over the image.
class ConvPool final : public ConvPoolKernel {
 public:
  explicit ConvPool(const ConvPoolDesc& desc)
      : d_(desc.conv),
        image_(desc.conv),
        filters_(Panels::padded(desc.conv.filters)),
        depth_(desc.conv.kernel[0] * desc.conv.kernel[1] * desc.conv.in_channels),
        rows_(desc.conv.out[0] / 2),
        columns_(desc.conv.out[1] / 2) {
    relu_ = d_.activation.kind == ActivationKind::relu;
    window_ = {d_.kernel[0], d_.kernel[1] * d_.in_channels, image_.row_stride(),
               d_.strides[0] * image_.row_stride(), d_.strides[1] * d_.in_channels};
    gathers_ = d_.in_channels == 1 && d_.kernel[0] == 3 && d_.kernel[1] == 3 && d_.strides[0] == 1 &&
               d_.strides[1] == 1;
  }

  const char* implementation() const override { return "vector:direct+pool"; }
  void weights_changed() override {
    if (other_) other_->weights_changed();
  }
  std::size_t argmax_bytes() const override {
    return d_.options.training ? static_cast<std::size_t>(d_.batch * pooled_size()) : 0;
  }

  void forward(ConstView x, ConstView w, ConstView b, View y, void* argmax) override {
    const float* panels = pack(w.data<float>(), b ? b.data<float>() : nullptr);
    const float* bias = panels + depth_ * filters_;
    auto* taps = d_.options.training ? static_cast<std::uint8_t*>(argmax) : nullptr;
    over_images([&](Dim image, Dim, float* padded) {
      const float* pixels = image_.get(x.data<float>(), image, padded);
      for (Dim row = 0; row < rows_; ++row)
        for (Dim f = 0; f < filters_; f += strip) {
          const Dim at = image * pooled_size() + row * columns_ * d_.filters + f;
          const Pooled to{y.data<float>() + at, taps != nullptr ? taps + at : nullptr,
                          d_.filters,           bias + f,
                          d_.filters - f,       relu_};
          const float* from = pixels + 2 * row * window_.row_step;
          const bool whole = filters_ - f >= strip, unit = window_.column_step == 1;
          const auto run = whole ? (unit ? forward_row<2, 1> : forward_row<2, 0>)
                                 : (unit ? forward_row<1, 1> : forward_row<1, 0>);
          run(window_, from, panels + f * depth_, to, columns_);
        }
    });
  }

  void backward(ConstView x, ConstView w, ConstView y, ConstView dy, const void* argmax, View dx,
                GradTarget dw, GradTarget db) override {
    const Gradients given{dy.data<float>(), relu_ ? y.data<float>() : nullptr,
                          static_cast<const std::uint8_t*>(argmax)};
    if (dw) {
      if (gathers_)
        gather(x.data<float>(), given, dw, db);
      else
        backward_weights(x.data<float>(), given, dw);
    }
    if (db && !(dw && gathers_))
      sum_by_channel(
          d_.batch * rows_ * columns_, d_.filters, Dim{1}, db.view.data<float>(), db.accumulate,
          [&](Dim i, Dim) { return given.y == nullptr || given.y[i] > 0.0f ? given.dy[i] : 0.0f; });
    if (dx) backward_data(w, given, dx);
  }

 private:
  struct Gradients {
    const float *dy, *y;
    const std::uint8_t* argmax;
  };
  Dim pooled_size() const { return rows_ * columns_ * d_.filters; }
  Dim parts() const { return std::max<Dim>(1, std::min<Dim>(get_threads(), d_.batch)); }

  Gradient gradient(const Gradients& g, Dim image, Dim f) const {
    const Dim at = image * pooled_size() + f;
    return {g.dy + at, g.y != nullptr ? g.y + at : nullptr, g.argmax + at, d_.filters, columns_,
            rows_,     std::min<Dim>(lanes, d_.filters - f)};
  }

  /// Calls `f(image, part, memory for a padded image)`.
  template <class F>
  void over_images(F&& f) {
    const Dim n = parts();
    float* padded = padded_.get<float>(n * image_.size() + 1);
    parallel_for(n, 1, [&](Dim begin, Dim end) {
      for (Dim p = begin; p < end; ++p)
        for (Dim image = d_.batch * p / n; image < d_.batch * (p + 1) / n; ++image)
          f(image, p, padded + p * image_.size());
    });
  }

  /// Weights in strips of filters, then the bias.
  const float* pack(const float* w, const float* b) {
    float* panels = weights_.get<float>((depth_ + 1) * filters_);
    float* bias = panels + depth_ * filters_;
    std::fill(panels, bias + filters_, 0.0f);
    for (Dim f = 0; f < d_.filters; f += strip) {
      const Dim width = std::min(strip, filters_ - f), n = std::min(width, d_.filters - f);
      for (Dim k = 0; k < depth_; ++k)
        std::copy(w + k * d_.filters + f, w + k * d_.filters + f + n, panels + f * depth_ + k * width);
    }
    if (b != nullptr) std::copy(b, b + d_.filters, bias);
    return panels;
  }

  void gather(const float* x, const Gradients& g, GradTarget dw, GradTarget db) {
    const Dim vectors = filters_ / lanes, size = vectors * 10 * lanes;
    float* sums = sums_.get<float>(parts() * size);
    std::fill(sums, sums + parts() * size, 0.0f);
    over_images([&](Dim image, Dim part, float* padded) {
      const float* pixels = image_.get(x, image, padded);
      for (Dim v = 0; v < vectors; v += 2) {
        float* target = sums + part * size + v * 10 * lanes;
        const Gradient first = gradient(g, image, v * lanes);
        if (v + 1 < vectors) {
          const Gradient pair[] = {first, gradient(g, image, (v + 1) * lanes)};
          (pair[1].filters == lanes ? gather_weights<2, true>
                                    : gather_weights<2, false>)(pair, pixels, window_.row_stride, target);
        } else {
          const Gradient single[] = {first};
          (first.filters == lanes ? gather_weights<1, true>
                                  : gather_weights<1, false>)(single, pixels, window_.row_stride, target);
        }
      }
    });
    const auto total = [&](Dim f, Dim k) {
      const Dim pair = f / strip * strip, width = std::min(strip, filters_ - pair);
      float sum = 0.0f;
      for (Dim p = 0; p < parts(); ++p) sum += sums[p * size + pair * 10 + k * width + f - pair];
      return sum;
    };
    for (Dim k = 0; k < 9; ++k)
      for (Dim f = 0; f < d_.filters; ++f) assign(dw, k * d_.filters + f, total(f, k));
    if (db)
      for (Dim f = 0; f < d_.filters; ++f) assign(db, f, total(f, 9));
  }

  static void assign(const GradTarget& target, Dim i, float value) {
    float& element = target.view.data<float>()[i];
    element = target.accumulate ? element + value : value;
  }

  /// dw += x^T dz, with two rows of dz at a time made from the pooled gradient.
  void backward_weights(const float* x, const Gradients& g, GradTarget dw) {
    const Dim size = depth_ * filters_, out_columns = 2 * columns_, row_size = out_columns * filters_;
    float* sums = sums_.get<float>(parts() * (size + 2 * row_size));
    std::fill(sums, sums + parts() * (size + 2 * row_size), 0.0f);
    over_images([&](Dim image, Dim part, float* padded) {
      const float* pixels = image_.get(x, image, padded);
      float* target = sums + part * (size + 2 * row_size);
      float* dz = target + size;
      for (Dim row = 0; row < rows_; ++row) {
        for (Dim f = 0; f < filters_; f += lanes)
          expand_row(gradient(g, image, f), row, dz + f, filters_, row_size);
        for (Dim i = 0; i < 2; ++i)
          for (Dim r = 0; r < window_.rows; ++r)
            for (Dim f = 0; f < filters_; f += Panels::width)
              strip_product(window_.run, Panels::row(filters_, f), out_columns,
                            pixels + (2 * row + i) * window_.row_step + r * window_.row_stride, 1,
                            window_.column_step, dz + i * row_size + f, filters_,
                            target + r * window_.run * filters_ + f, filters_, true);
      }
    });
    for (Dim k = 0; k < depth_; ++k)
      for (Dim f = 0; f < d_.filters; ++f) {
        float total = 0.0f;
        for (Dim p = 0; p < parts(); ++p) total += sums[p * (size + 2 * row_size) + k * filters_ + f];
        assign(dw, k * d_.filters + f, total);
      }
  }

  /// A first layer needs no dx; for another, dz is written whole and left to the plain convolution.
  void backward_data(ConstView w, const Gradients& g, View dx) {
    if (!other_) {
      ConvDesc plain = d_;
      plain.activation = {};
      other_ = make_conv(plain);
    }
    const Dim image_size = 4 * pooled_size(), row_size = 2 * columns_ * d_.filters;
    float* dz = dz_.get<float>(d_.batch * image_size);
    for (Dim image = 0; image < d_.batch; ++image)
      for (Dim row = 0; row < rows_; ++row)
        for (Dim f = 0; f < d_.filters; f += lanes)
          expand_row(gradient(g, image, f), row, dz + image * image_size + 2 * row * row_size + f, d_.filters,
                     row_size);
    const ConstView whole(dz, {d_.batch, d_.out[0], d_.out[1], d_.filters}, DType::float32);
    other_->backward({}, w, whole, dx, {}, {});
  }

  ConvDesc d_;
  PaddedImage image_;
  Dim filters_, depth_, rows_, columns_;  ///< filters padded to vectors; taps x channels; pooled sizes
  Window window_{};
  bool relu_ = false, gathers_ = false;
  Scratch padded_, weights_, sums_, dz_;
  std::unique_ptr<ConvKernel> other_;
};

}  // namespace

std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& desc) {
  const ConvDesc& d = desc.conv;
  if (d.groups != 1 || d.depthwise || d.dilation[0] != 1 || d.dilation[1] != 1) return nullptr;
  return std::make_unique<ConvPool>(desc);
}

}  // namespace rhyton::vector
