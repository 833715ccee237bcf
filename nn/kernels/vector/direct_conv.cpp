#include <array>
#include <utility>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/simd.hpp"
#include "nn/kernels/vector/padded_image.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

/// Sizes that the loops over taps need: a kernel row's taps and channels are one run in memory.
struct Taps {
  Dim rows, run;     ///< kernel rows; columns x channels
  Dim row_stride;    ///< of the image, in elements
  Dim pixel_stride;  ///< from one output pixel's window to the next
};

struct Target {
  float* y;
  Dim stride;         ///< of y's pixels
  const float* bias;  ///< padded, or null
  Dim rest;           ///< filters in the last vector
  bool relu;
};

/// R output pixels of one row, V vectors of filters, from weights in panels.
template <int R, int V>
void forward_block(const Taps& taps, const float* x, const float* w, const Target& target) {
  F16 sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[i][v] = target.bias != nullptr ? load(target.bias + v * lanes) : F16{};
  for (Dim r = 0; r < taps.rows; ++r) {
    const float* a = x + r * taps.row_stride;
    for (Dim l = 0; l < taps.run; ++l, ++a, w += V * lanes) {
      F16 right[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) right[v] = load(w + v * lanes);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const F16 left = splat(a[i * taps.pixel_stride]);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[i][v] += left * right[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      F16 value = sum[i][v];
      if (target.relu) value = value > F16{} ? value : F16{};
      float* to = target.y + i * target.stride + v * lanes;
      if (v < V - 1 || target.rest == lanes)
        store(to, value);
      else
        store_part(to, value, target.rest);
    }
}

/// dw (G kernel rows, J taps of each, V vectors) += x^T dz over all output pixels of one image.
template <int G, int J, int V>
void weights_block(const Taps& taps, Dim stride_rows, Dim out_rows, Dim out_columns, const float* x,
                   const float* dz, Dim dz_stride, float* dw, Dim dw_group, Dim dw_row) {
  F16 sum[G][J][V];
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g)
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[g][j][v] = load(dw + g * dw_group + j * dw_row + v * lanes);
  for (Dim row = 0; row < out_rows; ++row) {
    const float* a = x + row * stride_rows;
    for (Dim p = 0; p < out_columns; ++p, a += taps.pixel_stride, dz += dz_stride) {
      F16 right[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) right[v] = load(dz + v * lanes);
#pragma GCC unroll 4
      for (int g = 0; g < G; ++g)
#pragma GCC unroll 16
        for (int j = 0; j < J; ++j) {
          const F16 left = splat(a[g * taps.row_stride + j]);
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v) sum[g][j][v] += left * right[v];
        }
    }
  }
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g)
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) store(dw + g * dw_group + j * dw_row + v * lanes, sum[g][j][v]);
}

using ForwardBlock = void (*)(const Taps&, const float*, const float*, const Target&);
using WeightsBlock = void (*)(const Taps&, Dim, Dim, Dim, const float*, const float*, Dim, float*, Dim, Dim);

constexpr std::size_t most_rows = rows_in_registers[1];
template <int V, int... R>
constexpr std::array<ForwardBlock, most_rows + 1> forward_table(std::integer_sequence<int, R...>) {
  return {nullptr, forward_block<R + 1, V>...};
}
template <int V, int... J>
constexpr std::array<WeightsBlock, most_rows + 1> weights_table(std::integer_sequence<int, J...>) {
  return {nullptr, weights_block<1, J + 1, V>...};
}
template <int V>
constexpr auto forward_blocks = forward_table<V>(std::make_integer_sequence<int, rows_in_registers[V]>());
template <int V>
constexpr auto weights_blocks = weights_table<V>(std::make_integer_sequence<int, rows_in_registers[V]>());

const ForwardBlock* forward_of(int vectors) {
  const ForwardBlock* const tables[] = {forward_blocks<1>.data(), forward_blocks<2>.data(),
                                        forward_blocks<3>.data(), forward_blocks<4>.data()};
  return tables[vectors - 1];
}
const WeightsBlock* weights_of(int vectors) {
  const WeightsBlock* const tables[] = {weights_blocks<1>.data(), weights_blocks<2>.data(),
                                        weights_blocks<3>.data(), weights_blocks<4>.data()};
  return tables[vectors - 1];
}

/// Direct convolution for images of few channels: a kernel row's taps and channels are one run of products.
/// The gradient to x, which a first layer does not need, is left to another kernel.
class DirectConv final : public ConvKernel {
 public:
  explicit DirectConv(const ConvDesc& desc)
      : d_(desc),
        image_(desc),
        filters_(Panels::padded(desc.filters)),
        depth_(desc.kernel[0] * desc.kernel[1] * desc.in_channels) {
    fused_ = !d_.add && (d_.activation.kind == ActivationKind::linear ||
                         d_.activation == ActivationSpec{ActivationKind::relu});
    taps_ = {desc.kernel[0], desc.kernel[1] * desc.in_channels, image_.row_stride(),
             desc.strides[1] * desc.in_channels};
  }

  const char* implementation() const override { return "vector:direct"; }
  void weights_changed() override {
    packed_ = nullptr;
    if (other_) other_->weights_changed();
  }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    const float* panels = pack(w);
    const float* bias = b ? pack_bias(b.data<float>()) : nullptr;
    const bool relu = fused_ && d_.activation.kind == ActivationKind::relu;
    float* out = y.data<float>();
    over_images([&](Dim image, Dim, float* padded) {
      const float* pixels = image_.get(x.data<float>(), image, padded);
      for (Dim row = 0; row < d_.out[0]; ++row)
        for (Dim f = 0; f < filters_; f += Panels::width) {
          const Dim width = Panels::row(filters_, f), left = d_.filters - f;
          const int vectors = static_cast<int>(width / lanes);
          const Dim parts = (d_.out[1] + rows_in_registers[vectors] - 1) / rows_in_registers[vectors];
          Target target{nullptr, d_.filters, bias != nullptr ? bias + f : nullptr,
                        left >= width ? lanes : left - (width - lanes), relu};
          for (Dim p = 0; p < parts; ++p) {
            const Dim first = d_.out[1] * p / parts, count = d_.out[1] * (p + 1) / parts - first;
            target.y = out + ((image * d_.out[0] + row) * d_.out[1] + first) * d_.filters + f;
            forward_of(vectors)[count](
                taps_, pixels + row * d_.strides[0] * taps_.row_stride + first * taps_.pixel_stride,
                panels + Panels::offset(depth_, f), target);
          }
        }
    });
    if (!fused_)
      finish_channels<float>(d_.activation, out, nullptr, z ? z.data<float>() : nullptr,
                             d_.batch * d_.out[0] * d_.out[1], d_.filters, 1);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (dx) {
      if (!other_) other_ = make_other();
      other_->backward(x, w, dz, dx, {}, {});
    }
    if (dw) backward_weights(x.data<float>(), dz.data<float>(), dw);
    if (db)
      channel_sums(dz.data<float>(), d_.batch * d_.out[0] * d_.out[1], d_.filters, Dim{1},
                   db.view.data<float>(), db.accumulate);
  }

 private:
  std::unique_ptr<ConvKernel> make_other() const {
#ifdef RHYTON_ONEDNN
    if (auto kernel = crop_conv(d_, onednn::make_conv)) return kernel;
#endif
    return eigen::make_conv(d_);
  }

  /// Calls `f(image, part, memory for a padded image)`.
  template <class F>
  void over_images(F&& f) {
    const Dim parts = parts_of_batch();
    float* padded = padded_.get<float>(parts * image_.size() + 1);
    parallel_for(parts, 1, [&](Dim begin, Dim end) {
      for (Dim p = begin; p < end; ++p)
        for (Dim image = d_.batch * p / parts; image < d_.batch * (p + 1) / parts; ++image)
          f(image, p, padded + p * image_.size());
    });
  }
  Dim parts_of_batch() const { return std::max<Dim>(1, std::min<Dim>(get_threads(), d_.batch)); }

  const float* pack(ConstView w) {
    if (d_.filters == filters_ && filters_ <= Panels::width) return w.data<float>();
    float* panels = weights_.get<float>(depth_ * filters_);
    if (!d_.options.training && packed_ == w.raw()) return panels;
    for (Dim f = 0; f < filters_; f += lanes)
      for (Dim k = 0; k < depth_; ++k) {
        float* to = panels + Panels::offset(depth_, f) + k * Panels::row(filters_, f);
        const Dim n = std::min<Dim>(lanes, d_.filters - f);
        store(to, load_part(w.data<float>() + k * d_.filters + f, n));
      }
    packed_ = w.raw();
    return panels;
  }

  const float* pack_bias(const float* b) {
    if (d_.filters == filters_) return b;
    float* padded = bias_.get<float>(filters_);
    std::fill(padded, padded + filters_, 0.0f);
    std::copy(b, b + d_.filters, padded);
    return padded;
  }

  void backward_weights(const float* x, const float* dz, GradTarget dw) {
    const Dim size = depth_ * filters_, parts = parts_of_batch();
    float* sums = sums_.get<float>(parts * size);
    std::fill(sums, sums + parts * size, 0.0f);
    const Dim out_pixels = d_.out[0] * d_.out[1];
    // Vectors over the end of dz's last pixel need room behind it.
    float* copied = d_.filters == filters_ ? nullptr : gradients_.get<float>(parts * out_pixels * filters_);
    over_images([&](Dim image, Dim part, float* padded) {
      const float* pixels = image_.get(x, image, padded);
      const float* gradient = dz + image * out_pixels * d_.filters;
      if (copied != nullptr) gradient = widen(gradient, out_pixels, copied + part * out_pixels * filters_);
      for (Dim f = 0; f < filters_; f += Panels::width)
        add_image(pixels, gradient + f, static_cast<int>(Panels::row(filters_, f) / lanes),
                  sums + part * size + f);
    });
    float* out = dw.view.data<float>();
    for (Dim k = 0; k < depth_; ++k)
      for (Dim f = 0; f < d_.filters; ++f) {
        float total = 0.0f;
        for (Dim p = 0; p < parts; ++p) total += sums[p * size + k * filters_ + f];
        float& target = out[k * d_.filters + f];
        target = dw.accumulate ? target + total : total;
      }
  }

  const float* widen(const float* rows, Dim count, float* to) const {
    for (Dim i = 0; i < count; ++i) {
      std::copy(rows + i * d_.filters, rows + (i + 1) * d_.filters, to + i * filters_);
      std::fill(to + i * filters_ + d_.filters, to + (i + 1) * filters_, 0.0f);
    }
    return to;
  }

  void add_image(const float* pixels, const float* dz, int vectors, float* sums) const {
    const Dim stride_rows = d_.strides[0] * taps_.row_stride;
    if (taps_.rows == 3 && taps_.run == 3 && vectors <= 2) {  // one channel: all nine taps at once
      (vectors == 1 ? weights_block<3, 3, 1> : weights_block<3, 3, 2>)(taps_, stride_rows, d_.out[0],
                                                                       d_.out[1], pixels, dz, filters_, sums,
                                                                       3 * filters_, filters_);
      return;
    }
    const Dim parts = (taps_.run + rows_in_registers[vectors] - 1) / rows_in_registers[vectors];
    for (Dim r = 0; r < taps_.rows; ++r)
      for (Dim p = 0; p < parts; ++p) {
        const Dim first = taps_.run * p / parts, count = taps_.run * (p + 1) / parts - first;
        weights_of(vectors)[count](taps_, stride_rows, d_.out[0], d_.out[1],
                                   pixels + r * taps_.row_stride + first, dz, filters_,
                                   sums + (r * taps_.run + first) * filters_, 0, filters_);
      }
  }

  ConvDesc d_;
  PaddedImage image_;
  Dim filters_, depth_;  ///< filters padded to vectors; taps x channels
  Taps taps_{};
  bool fused_ = false;
  Scratch padded_, weights_, bias_, sums_, gradients_;
  const void* packed_ = nullptr;
  std::unique_ptr<ConvKernel> other_;
};

}  // namespace

std::unique_ptr<ConvKernel> make_direct_conv(const ConvDesc& d) {
  if (d.rank != 2 || d.channels_first || d.groups != 1 || d.depthwise || d.options.dtype != DType::float32)
    return nullptr;
  if (d.dilation[0] != 1 || d.dilation[1] != 1 || d.batch <= 0 || d.in_channels <= 0 || d.filters <= 0)
    return nullptr;
  return std::make_unique<DirectConv>(d);
}

}  // namespace rhyton::vector
