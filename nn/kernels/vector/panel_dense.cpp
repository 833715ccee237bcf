// A product with packed weights whose bias, residual and activation are applied while a block of y is in the
// first cache: where functions are costly that beats a pass of their own. Only for prediction.
#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/vector/activate.hpp"

namespace rhyton::vector {

namespace {

class PanelProduct {
 public:
  PanelProduct(Dim rows, Dim inputs, Dim units, ActivationKind f)
      : rows_(rows), inputs_(inputs), units_(units), f_(f) {}

  void weights_changed() { packed_ = nullptr; }

  void run(const float* x, const float* w, const float* bias, const float* z, float* y) {
    const float* panels = pack(w);
    // Rows that leave room for a strip of y in the first cache, and work for every thread.
    const Dim block = std::clamp<Dim>((rows_ + get_threads() - 1) / get_threads(), 1, 96);
    parallel_for((rows_ + block - 1) / block, 1, [&](Dim begin, Dim end) {
      for (Dim first = begin * block; first < std::min(end * block, rows_); first += block) {
        const Dim n = std::min(block, rows_ - first);
        for (Dim j = 0; j < units_; j += Panels::width) {
          const Dim width = Panels::row(units_, j), at = first * units_ + j;
          strip_product(n, width, inputs_, x + first * inputs_, inputs_, 1,
                        panels + Panels::offset(inputs_, j), width, y + at, units_, false);
          finish_rows(f_, n, width, y + at, units_, bias != nullptr ? bias + j : nullptr,
                      z != nullptr ? z + at : nullptr);
        }
      }
    });
  }

 private:
  const float* pack(const float* w) {
    float* panels = scratch_.get<float>(inputs_ * units_);
    if (packed_ == w) return panels;
    for (Dim j = 0; j < units_; j += Panels::width) {
      const Dim width = Panels::row(units_, j);
      for (Dim k = 0; k < inputs_; ++k)
        std::copy_n(w + k * units_ + j, width, panels + Panels::offset(inputs_, j) + k * width);
    }
    packed_ = w;
    return panels;
  }

  Dim rows_, inputs_, units_;
  ActivationKind f_;
  Scratch scratch_;
  const float* packed_ = nullptr;
};

const float* data(ConstView v) { return v ? v.data<float>() : nullptr; }

class PanelDense final : public DenseKernel {
 public:
  explicit PanelDense(const DenseDesc& d) : d_(d), product_(d.rows, d.inputs, d.units, d.activation.kind) {}
  const char* implementation() const override { return "vector:panels"; }
  void weights_changed() override { product_.weights_changed(); }

  void forward(ConstView x, ConstView w, ConstView b, View y) override {
    product_.run(data(x), data(w), data(b), nullptr, y.data<float>());
  }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    eigen::make_dense(d_)->backward(x, w, dz, dx, dw, db);
  }

 private:
  DenseDesc d_;
  PanelProduct product_;
};

/// A convolution with one tap is a product of pixels.
class PointwiseConv final : public ConvKernel {
 public:
  explicit PointwiseConv(const ConvDesc& d)
      : d_(d), product_(d.batch * volume(d.out, d.rank), d.in_channels, d.filters, d.activation.kind) {}
  const char* implementation() const override { return "vector:panels"; }
  void weights_changed() override { product_.weights_changed(); }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    product_.run(data(x), data(w), data(b), data(z), y.data<float>());
  }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    eigen::make_conv(d_)->backward(x, w, dz, dx, dw, db);
  }

 private:
  ConvDesc d_;
  PanelProduct product_;
};

/// A convolution of one pixel with one tap is a row times a matrix.
class OnePixelConv final : public ConvKernel {
 public:
  explicit OnePixelConv(std::unique_ptr<DenseKernel> dense) : dense_(std::move(dense)) {}
  const char* implementation() const override { return dense_->implementation(); }

  void forward(ConstView x, ConstView w, ConstView b, ConstView, View y) override {
    dense_->forward(x, w, b, y);
  }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    dense_->backward(x, w, dz, dx, dw, db);
  }

 private:
  std::unique_ptr<DenseKernel> dense_;
};

bool has_one_tap(const ConvDesc& d) {
  if (d.groups != 1 || d.depthwise || d.channels_first) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.rank); ++i)
    if (d.kernel[i] != 1 || d.strides[i] != 1 || d.pad_before[i] != 0 || d.pad_after[i] != 0) return false;
  return true;
}

/// Where the product alone is no better than the engine's, its end must be costly.
bool pays(const ActivationSpec& f) {
#ifdef RHYTON_ONEDNN
  return activates(f.kind);
#else
  return finishes(f);
#endif
}

}  // namespace

std::unique_ptr<DenseKernel> make_panel_dense(const DenseDesc& d) {
  if (d.options.training || d.options.dtype != DType::float32 || !pays(d.activation)) return nullptr;
  if (d.rows < 4 || d.inputs <= 0 || d.units <= 0 || d.units % 16 != 0) return nullptr;
  return std::make_unique<PanelDense>(d);
}

std::unique_ptr<ConvKernel> make_pointwise_conv(const ConvDesc& d) {
  if (d.options.training || d.options.dtype != DType::float32 || !has_one_tap(d)) return nullptr;
  const Dim pixels = d.batch * volume(d.out, d.rank);
  if (pixels <= 0 || d.in_channels <= 0 || d.filters <= 0) return nullptr;
  if (pixels == 1 && !d.add)
    return std::make_unique<OnePixelConv>(
        make_gemv({1, d.in_channels, d.filters, d.bias, d.activation, d.options}));
  if (!pays(d.activation) || pixels < 4 || d.filters % 16 != 0) return nullptr;
  return std::make_unique<PointwiseConv>(d);
}

}  // namespace rhyton::vector
