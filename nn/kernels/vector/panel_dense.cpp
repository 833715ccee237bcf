// A product with packed weights whose bias, residual and activation are applied while a block of y is in the
// first cache: where functions are costly that beats a pass of their own. To predict; in training only by
// bfloat16, whose gradients are the same product with transposed weights and one of x and dz.
#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/vector/activate.hpp"
#include "nn/kernels/vector/bf16_gradient.hpp"
#include "nn/kernels/vector/bf16_product.hpp"

namespace rhyton::vector {

namespace {

/// Which pixels of images (rows, columns) are the rows of a product.
struct Pixels {
  Dim in_rows = 1, in_columns = 1, rows = 1, columns = 1, row_step = 1, column_step = 1;

  Dim at(Dim i) const {
    const Dim image = i / (rows * columns), row = i / columns % rows, column = i % columns;
    return (image * in_rows + row * row_step) * in_columns + column * column_step;
  }
};

/// What a product is made of: y (rows, units) = f(x (rows, inputs) w).
struct ProductDesc {
  Dim rows, inputs, units;
  ActivationKind f = ActivationKind::linear;
  bool half = false;        ///< by bfloat16
  bool training = false;    ///< weights are packed in each call
  bool transposed = false;  ///< w is (units, inputs); only by bfloat16
};

class PanelProduct {
 public:
  explicit PanelProduct(const ProductDesc& d, const Pixels* pixels = nullptr)
      : d_(d), rows_(d.rows), inputs_(d.inputs), units_(d.units), every_pixel_(pixels == nullptr) {
    if (pixels != nullptr) pixels_ = *pixels;
  }

  const char* implementation() const { return d_.half ? "vector:panels:bf16" : "vector:panels"; }
  void weights_changed() { packed_ = nullptr; }

  void run(const float* x, const float* w, const float* bias, const float* z, float* y) {
    pack(w);
    // Rows that leave room for a strip of y in the first cache, and work for every thread.
    const Dim block = std::clamp<Dim>((rows_ + get_threads() - 1) / get_threads(), 1, 96);
    const Dim blocks = (rows_ + block - 1) / block, parts = part_count(blocks, 1),
              pairs = bf16::pairs(inputs_);
    auto* halves = d_.half ? halves_.get<bf16::Pair>(parts * block * pairs) : nullptr;
    float* gathered = d_.half || every_pixel_ ? nullptr : halves_.get<float>(parts * block * inputs_);
    parallel_for(parts, 1, [&](Dim first_part, Dim last_part) {
      for (Dim part = first_part; part < last_part; ++part)
        for (Dim b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b) {
          const Dim first = b * block, n = std::min(block, rows_ - first);
          bf16::Pair* a = halves + part * block * pairs;
          const float* rows = x + first * inputs_;
          if (gathered != nullptr) {
            float* to = gathered + part * block * inputs_;
            for (Dim i = 0; i < n; ++i)
              std::copy_n(x + inputs_ * pixels_.at(first + i), inputs_, to + i * inputs_);
            rows = to;
          }
          if (d_.half)
            for (Dim i = 0; i < n; ++i)
              bf16::convert(x + inputs_ * (every_pixel_ ? first + i : pixels_.at(first + i)), inputs_,
                            a + i * pairs);
          for (Dim j = 0; j < units_; j += Panels::width) {
            const Dim width = Panels::row(units_, j), at = first * units_ + j;
            if (d_.half)
              bf16::strip_product(n, width, pairs, a, pairs, 1, half_panels() + Panels::offset(pairs, j),
                                  y + at, units_, false);
            else
              strip_product(n, width, inputs_, rows, inputs_, 1, panels() + Panels::offset(inputs_, j), width,
                            y + at, units_, false);
            finish_rows(d_.f, n, width, y + at, units_, bias != nullptr ? bias + j : nullptr,
                        z != nullptr ? z + at : nullptr);
          }
        }
    });
  }

 private:
  float* panels() { return panels_.get<float>(inputs_ * units_); }
  bf16::Pair* half_panels() { return panels_.get<bf16::Pair>(bf16::pairs(inputs_) * units_); }

  void pack(const float* w) {
    if (packed_ == w && !d_.training) return;
    packed_ = w;
    if (d_.half)
      return (d_.transposed ? bf16::pack_transposed : bf16::pack)(w, inputs_, units_, half_panels());
    for (Dim j = 0; j < units_; j += Panels::width) {
      const Dim width = Panels::row(units_, j);
      for (Dim k = 0; k < inputs_; ++k)
        std::copy_n(w + k * units_ + j, width, panels() + Panels::offset(inputs_, j) + k * width);
    }
  }

  ProductDesc d_;
  Dim rows_, inputs_, units_;
  bool every_pixel_;
  Pixels pixels_;
  Scratch panels_, halves_;
  const float* packed_ = nullptr;
};

const float* data(ConstView v) { return v ? v.data<float>() : nullptr; }

/// Both directions of y = f(x w + b + z).
class Products {
 public:
  Products(Dim rows, Dim inputs, Dim units, ActivationKind f, bool half, bool training, const Pixels* pixels)
      : rows_(rows),
        units_(units),
        forward_({rows, inputs, units, f, half, training}, pixels),
        data_({.rows = rows,
               .inputs = units,
               .units = inputs,
               .half = half,
               .training = true,
               .transposed = true}),
        weights_(rows, inputs, units) {}

  const char* implementation() const { return forward_.implementation(); }
  PanelProduct& forward() { return forward_; }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) {
    const float* gradient = data(dz);
    if (dx) data_.run(gradient, data(w), nullptr, nullptr, dx.data<float>());
    if (dw) weights_.run(data(x), gradient, dw.view.data<float>(), dw.accumulate);
    if (db) channel_sums(gradient, rows_, units_, Dim{1}, db.view.data<float>(), db.accumulate);
  }

 private:
  Dim rows_, units_;
  PanelProduct forward_, data_;
  bf16::WeightGradient weights_;
};

class PanelDense final : public DenseKernel {
 public:
  PanelDense(const DenseDesc& d, bool half)
      : d_(d),
        products_(d.rows, d.inputs, d.units, *finishing(d.activation), half, d.options.training, nullptr) {}
  const char* implementation() const override { return products_.implementation(); }
  void weights_changed() override { products_.forward().weights_changed(); }
  bool keeps_weights() const override { return !d_.options.training; }

  void forward(ConstView x, ConstView w, ConstView b, View y) override {
    products_.forward().run(data(x), data(w), data(b), nullptr, y.data<float>());
  }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (d_.options.training) return products_.backward(x, w, dz, dx, dw, db);
    eigen::make_dense(d_)->backward(x, w, dz, dx, dw, db);
  }

 private:
  DenseDesc d_;
  Products products_;
};

/// A convolution with one tap is a product of pixels.
class PointwiseConv final : public ConvKernel {
 public:
  PointwiseConv(const ConvDesc& d, bool half, const Pixels* pixels)
      : d_(d),
        products_(d.batch * volume(d.out, d.rank), d.in_channels, d.filters, *finishing(d.activation), half,
                  d.options.training, pixels) {}
  const char* implementation() const override { return products_.implementation(); }
  void weights_changed() override { products_.forward().weights_changed(); }
  bool keeps_weights() const override { return !d_.options.training; }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    products_.forward().run(data(x), data(w), data(b), data(z), y.data<float>());
  }
  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (d_.options.training) return products_.backward(x, w, dz, dx, dw, db);
    eigen::make_conv(d_)->backward(x, w, dz, dx, dw, db);
  }

 private:
  ConvDesc d_;
  Products products_;
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

/// `steps`: also with strides.
bool has_one_tap(const ConvDesc& d, bool steps) {
  if (d.groups != 1 || d.depthwise || d.channels_first) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.rank); ++i) {
    if (d.kernel[i] != 1 || d.pad_before[i] != 0) return false;
    if (!steps && (d.strides[i] != 1 || d.pad_after[i] != 0)) return false;
    if ((d.out[i] - 1) * d.strides[i] >= d.in[i]) return false;  // a window in the padding
  }
  return true;
}

bool takes_half(const KernelOptions& options, const ActivationSpec& f) {
  return options.precision == Precision::fast && finishing(f).has_value() &&
         (options.training ? bf16::available_in_training() : bf16::available());
}

/// Where the product alone is no better than the engine's, its end must be costly.
bool pays(const ActivationSpec& f) {
#ifdef RHYTON_ONEDNN
  return activates(f.kind);
#else
  return finishing(f).has_value();
#endif
}

/// In training weights are packed afresh, which takes some rows to pay.
bool trains(bool half, Dim rows, Dim inputs) { return half && rows >= 16 && inputs % 16 == 0; }

/// Rows of weights that are so far apart in memory are read faster from panels.
constexpr Dim wide = 512;

}  // namespace

std::unique_ptr<DenseKernel> make_panel_dense(const DenseDesc& d) {
  const bool half = takes_half(d.options, d.activation);
  const bool packs = pays(d.activation) || (d.units >= wide && finishing(d.activation));
  if (d.options.dtype != DType::float32 || !(half || packs)) return nullptr;
  if (d.options.training && !trains(half, d.rows, d.inputs)) return nullptr;
  if (d.rows < 4 || d.inputs <= 0 || d.units <= 0 || d.units % 16 != 0) return nullptr;
  return std::make_unique<PanelDense>(d, half);
}

std::unique_ptr<ConvKernel> make_pointwise_conv(const ConvDesc& d) {
  const bool half = takes_half(d.options, d.activation);
  if (d.options.dtype != DType::float32 || !has_one_tap(d, d.rank == 2)) return nullptr;
  const Dim pixels = d.batch * volume(d.out, d.rank);
  if (pixels <= 0 || d.in_channels <= 0 || d.filters <= 0) return nullptr;
  const bool every_pixel = std::equal(d.in.begin(), d.in.begin() + d.rank, d.out.begin());
  if (d.options.training && !(every_pixel && trains(half, pixels, d.in_channels))) return nullptr;
  if (pixels == 1 && !d.add && every_pixel)
    return std::make_unique<OnePixelConv>(
        make_gemv({1, d.in_channels, d.filters, d.bias, d.activation, d.options}));
  // Engines read pixels that are apart with half the speed, or copy them all first.
  const bool packs = pays(d.activation) || (!every_pixel && finishing(d.activation));
  if (!(half || packs) || pixels < 4 || d.filters % 16 != 0) return nullptr;
  const Pixels some{d.in[0], d.in[1], d.out[0], d.out[1], d.strides[0], d.strides[1]};
  return std::make_unique<PointwiseConv>(d, half, every_pixel ? nullptr : &some);
}

}  // namespace rhyton::vector
