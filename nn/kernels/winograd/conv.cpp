#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/winograd/core.hpp"

namespace rhyton::winograd {

namespace {

template <int M>
class Conv final : public ConvKernel {
 public:
  explicit Conv(const ConvDesc& desc) : d_(desc), core_(desc) {
    fused_ =
        d_.activation.kind == ActivationKind::linear || d_.activation == ActivationSpec{ActivationKind::relu};
  }

  const char* implementation() const override { return M == 4 ? "winograd:f4x3" : "winograd:f2x3"; }
  void weights_changed() override { core_.weights_changed(); }
  bool keeps_weights() const override { return !d_.options.training; }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    const Finish finish{b ? b.data<float>() : nullptr, fused_ && d_.activation.kind == ActivationKind::relu};
    const auto store = [&](const Place& at, const float* m, Dim stride, float* waste) {
      const auto out = pixels(y.data<float>(), at, waste);
      if (!z) return Tiles<M>::output(m, stride, d_.filters, finish, nullptr, out);
      const auto add = pixels(z.data<float>(), at, core_.zeros());
      Tiles<M>::output(m, stride, d_.filters, finish, &add, out);
    };
    core_.forward(x.data<float>(), w.data<float>(), store);
    if (!fused_)
      finish_channels<float>(d_.activation, y.data<float>(), nullptr, nullptr, count(), d_.filters, 1);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const auto load = [&](const Place& at, float* m, Dim stride) {
      Tiles<M>::output_adjoint(pixels(dz.data<float>(), at, core_.zeros()), d_.filters, m, stride);
    };
    if (dx || dw)
      core_.backward(dw ? x.data<float>() : nullptr, dx ? w.data<float>() : nullptr,
                     dx ? dx.data<float>() : nullptr, dw, load);
    if (db) channel_sums(dz.data<float>(), count(), d_.filters, Dim{1}, db.view.data<float>(), db.accumulate);
  }

 private:
  Dim count() const { return d_.batch * d_.out[0] * d_.out[1]; }

  /// A tile of y, z or dz.
  template <class T>
  Pixels<T, M> pixels(T* y, const Place& at, T* outside) const {
    return {y + at.image * d_.out[0] * d_.out[1] * d_.filters,
            d_.out[0],
            d_.out[1],
            d_.filters,
            at.row,
            at.column,
            outside};
  }

  ConvDesc d_;
  bool fused_ = false;
  Core<M> core_;
};

/// Max pooling of 2 x 2 windows is done on the tiles, before y is written, and undone as its gradient is
/// read.
template <int M>
class ConvPool final : public ConvPoolKernel {
 public:
  explicit ConvPool(const ConvPoolDesc& desc)
      : d_(desc.conv), rows_(desc.conv.out[0] / 2), columns_(desc.conv.out[1] / 2), core_(desc.conv) {
    relu_ = d_.activation.kind == ActivationKind::relu;
  }

  const char* implementation() const override { return M == 4 ? "winograd:f4x3+pool" : "winograd:f2x3+pool"; }
  void weights_changed() override { core_.weights_changed(); }
  bool keeps_weights() const override { return !d_.options.training; }
  std::size_t argmax_bytes() const override {
    return d_.options.training ? static_cast<std::size_t>(d_.batch * rows_ * columns_ * d_.filters) : 0;
  }

  void forward(ConstView x, ConstView w, ConstView b, View y, void* argmax) override {
    const Finish finish{b ? b.data<float>() : nullptr, relu_};
    auto* taps = d_.options.training ? static_cast<std::uint8_t*>(argmax) : nullptr;
    const auto store = [&](const Place& at, const float* m, Dim stride, float* waste) {
      const auto out = pixels(y.data<float>(), at, waste);
      if (taps == nullptr) return Tiles<M>::output_pooled(m, stride, d_.filters, finish, out, nullptr);
      const auto winners = pixels(taps, at, reinterpret_cast<std::uint8_t*>(waste));
      Tiles<M>::output_pooled(m, stride, d_.filters, finish, out, &winners);
    };
    core_.forward(x.data<float>(), w.data<float>(), store);
  }

  void backward(ConstView x, ConstView w, ConstView y, ConstView dy, const void* argmax, View dx,
                GradTarget dw, GradTarget db) override {
    const auto* taps = static_cast<const std::uint8_t*>(argmax);
    const auto load = [&](const Place& at, float* m, Dim stride) {
      const auto gradient = pixels(dy.data<float>(), at, core_.zeros());
      const auto value = pixels(y.data<float>(), at, core_.zeros());
      const auto winners = pixels(taps, at, reinterpret_cast<const std::uint8_t*>(core_.zeros()));
      Tiles<M>::output_adjoint_pooled(gradient, relu_ ? &value : nullptr, winners, d_.filters, m, stride);
    };
    if (dx || dw)
      core_.backward(dw ? x.data<float>() : nullptr, dx ? w.data<float>() : nullptr,
                     dx ? dx.data<float>() : nullptr, dw, load);
    if (!db) return;
    const float *gradient = dy.data<float>(), *value = y.data<float>();
    const bool relu = relu_;
    sum_by_channel(d_.batch * rows_ * columns_, d_.filters, Dim{1}, db.view.data<float>(), db.accumulate,
                   [=](Dim i, Dim) { return !relu || value[i] > 0.0f ? gradient[i] : 0.0f; });
  }

 private:
  /// The pooled pixels of a tile in y, dy or argmax.
  template <class T>
  Pixels<T, M / 2> pixels(T* y, const Place& at, T* outside) const {
    return {y + at.image * rows_ * columns_ * d_.filters,
            rows_,
            columns_,
            d_.filters,
            at.row / 2,
            at.column / 2,
            outside};
  }

  ConvDesc d_;
  Dim rows_, columns_;
  bool relu_ = false;
  Core<M> core_;
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

/// The tile size that the precision allows and that beats the direct convolution; 0 for none.
int choose(const ConvDesc& d) {
  if (d.options.precision == Precision::exact || !fits(d) || d.in_channels < 16 || d.filters < 16) return 0;
  const double small = winograd_cost(d, 2), large = winograd_cost(d, 4);
  // F(2, 3) is as exact as the direct sum; the errors of F(4, 3) are some three times as large.
  const int m = d.options.precision == Precision::fast && large < small ? 4 : 2;
  return (m == 4 ? large : small) < 0.9 * direct_cost(d) ? m : 0;
}

}  // namespace

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& d, int m) {
  if (!fits(d)) return nullptr;
  if (m == 4) return std::make_unique<Conv<4>>(d);
  return std::make_unique<Conv<2>>(d);
}

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& d) {
  const int m = choose(d);
  return m > 0 ? make_conv(d, m) : nullptr;
}

std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& d, int m) {
  if (!fits(d.conv)) return nullptr;
  if (m == 4) return std::make_unique<ConvPool<4>>(d);
  return std::make_unique<ConvPool<2>>(d);
}

std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& d) {
  const int m = choose(d.conv);
  return m > 0 ? make_conv_pool(d, m) : nullptr;
}

}  // namespace rhyton::winograd
