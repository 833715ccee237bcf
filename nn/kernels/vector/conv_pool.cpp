#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/vector/conv_pool_blocks.hpp"
#include "nn/kernels/vector/padded_image.hpp"

namespace rhyton::vector {

namespace {

constexpr Dim lanes = 16;
constexpr Dim strip = 2 * lanes;  ///< filters at a time

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
          pooled_row(window_, from, panels + f * depth_, filters_ - f >= strip ? 2 : 1, to, columns_);
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

  PooledGradient gradient(const Gradients& g, Dim image, Dim f) const {
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
        const int n = v + 1 < vectors ? 2 : 1;
        const PooledGradient pair[] = {gradient(g, image, v * lanes),
                                       n == 2 ? gradient(g, image, (v + 1) * lanes) : PooledGradient{}};
        gather_weights(pair, n, pixels, window_.row_stride, target);
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
  ConvWindow window_{};
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
