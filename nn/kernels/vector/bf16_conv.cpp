// Convolutions by tiles of bfloat16, to predict: the image is rounded once, the windows of a block of pixels
// are copied together, and their product with packed weights is finished (bias, residual, activation) while
// it is in the first cache. With tiles that is faster than Winograd's fewer operations, and it reads fewer
// weights.
#include <algorithm>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/vector/activate.hpp"
#include "nn/kernels/vector/bf16_tiles.hpp"

namespace rhyton::vector {

namespace {

using bf16::Pair;

/// Pixels at a time: a strip of y has room in the first cache.
constexpr Dim most_pixels = 96;

class WindowConv final : public ConvKernel {
 public:
  explicit WindowConv(const ConvDesc& d)
      : d_(d),
        f_(*finishing(d.activation)),
        pixels_(d.batch * d.out[0] * d.out[1]),
        tap_(d.in_channels / 2),
        pairs_(d.kernel[0] * d.kernel[1] * tap_) {}
  const char* implementation() const override { return "vector:windows:bf16"; }
  void weights_changed() override { packed_ = nullptr; }
  bool keeps_weights() const override { return true; }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    pack(w.data<float>());
    const Dim in_pixels = d_.batch * d_.in[0] * d_.in[1];
    Pair* image = shared_scratch<struct RoundedImage>().get<Pair>(in_pixels * tap_);
    parallel_for(in_pixels, 256, [&](Dim begin, Dim end) {
      bf16::convert(x.data<float>() + begin * d_.in_channels, (end - begin) * d_.in_channels,
                    image + begin * tap_);
    });
    const Dim block = std::clamp<Dim>((pixels_ + get_threads() - 1) / get_threads(), 1, most_pixels);
    const Dim blocks = (pixels_ + block - 1) / block, parts = part_count(blocks, 1);
    Pair* windows = shared_scratch<struct Windows>().get<Pair>(parts * block * pairs_);
    const float *bias = b ? b.data<float>() : nullptr, *residual = z ? z.data<float>() : nullptr;
    parallel_for(parts, 1, [&](Dim first_part, Dim last_part) {
      for (Dim part = first_part; part < last_part; ++part)
        for (Dim k = blocks * part / parts; k < blocks * (part + 1) / parts; ++k) {
          const Dim first = k * block, n = std::min(block, pixels_ - first);
          Pair* a = windows + part * block * pairs_;
          for (Dim i = 0; i < n; ++i) copy_window(image, first + i, a + i * pairs_);
          for (Dim j = 0; j < d_.filters; j += Panels::width) {
            const Dim width = Panels::row(d_.filters, j), at = first * d_.filters + j;
            float* out = y.data<float>() + at;
            bf16::strip_product(n, width, pairs_, a, pairs_, 1, panels() + Panels::offset(pairs_, j), out,
                                d_.filters, false);
            finish_rows(f_, n, width, out, d_.filters, bias ? bias + j : nullptr,
                        residual ? residual + at : nullptr);
          }
        }
    });
  }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    eigen::make_conv(d_)->backward(x, w, dz, dx, dw, db);
  }

 private:
  Pair* panels() { return panels_.get<Pair>(pairs_ * d_.filters); }

  void pack(const float* w) {
    if (packed_ == w) return;
    packed_ = w;
    bf16::pack(w, 2 * pairs_, d_.filters, panels());
  }

  /// What the output pixel sees, tap by tap; zeros where that lies outside of the image.
  void copy_window(const Pair* image, Dim pixel, Pair* to) const {
    const Dim column = pixel % d_.out[1], row = pixel / d_.out[1] % d_.out[0],
              sample = pixel / (d_.out[0] * d_.out[1]);
    for (Dim ky = 0; ky < d_.kernel[0]; ++ky)
      for (Dim kx = 0; kx < d_.kernel[1]; ++kx, to += tap_) {
        const Dim iy = row * d_.strides[0] + ky * d_.dilation[0] - d_.pad_before[0],
                  ix = column * d_.strides[1] + kx * d_.dilation[1] - d_.pad_before[1];
        if (iy < 0 || iy >= d_.in[0] || ix < 0 || ix >= d_.in[1])
          std::fill_n(to, tap_, Pair{0});
        else
          std::copy_n(image + ((sample * d_.in[0] + iy) * d_.in[1] + ix) * tap_, tap_, to);
      }
  }

  ConvDesc d_;
  ActivationKind f_;
  Dim pixels_, tap_, pairs_;
  Scratch panels_;
  const float* packed_ = nullptr;
};

}  // namespace

std::unique_ptr<ConvKernel> make_window_conv(const ConvDesc& d) {
  if (d.options.precision != Precision::fast || d.options.training || d.options.dtype != DType::float32)
    return nullptr;
  if (!bf16::tiles::available() || !finishing(d.activation)) return nullptr;
  if (d.rank != 2 || d.channels_first || d.depthwise || d.groups != 1) return nullptr;
  if (d.kernel[0] * d.kernel[1] == 1 || d.in_channels < 16 || d.in_channels % 2 != 0) return nullptr;
  if (d.filters <= 0 || d.filters % 16 != 0 || d.batch * d.out[0] * d.out[1] < bf16::tiles::size)
    return nullptr;
  return std::make_unique<WindowConv>(d);
}

}  // namespace rhyton::vector
