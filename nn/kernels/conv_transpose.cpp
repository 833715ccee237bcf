#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/conv.hpp"

namespace rhyton {

namespace {

/// The convolution whose gradient the transposed one is: from y to x.
ConvDesc mirrored(const ConvDesc& d) {
  ConvDesc m = d;
  std::swap(m.in, m.out);
  std::swap(m.in_channels, m.filters);
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.rank); ++i)
    m.pad_after[i] =
        (m.out[i] - 1) * m.strides[i] + (m.kernel[i] - 1) * m.dilation[i] + 1 - m.in[i] - m.pad_before[i];
  m.bias = m.add = false;
  m.activation = {};
  return m;
}

class ConvTranspose final : public ConvKernel {
 public:
  explicit ConvTranspose(const ConvDesc& desc)
      : d_(desc), pixels_(volume(desc.out, desc.rank)), mirror_(make_conv(mirrored(desc))) {}

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    mirror_->backward({}, w, x, y, {}, {});
    dispatch_real(d_.options.dtype, [&]<class T>(T) {
      finish_channels<T>(d_.activation, y.data<T>(), b ? b.data<T>() : nullptr, z ? z.data<T>() : nullptr,
                         outer(), d_.filters, inner());
    });
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (dx) mirror_->forward(dz, w, {}, {}, dx);
    if (dw) mirror_->backward(dz, w, x, {}, dw, {});
    if (db)
      dispatch_real(d_.options.dtype, [&]<class T>(T) {
        channel_sums(dz.data<T>(), outer(), d_.filters, inner(), db.view.data<T>(), db.accumulate);
      });
  }

  const char* implementation() const override { return mirror_->implementation(); }
  void weights_changed() override { mirror_->weights_changed(); }

 private:
  Dim outer() const { return d_.channels_first ? d_.batch : d_.batch * pixels_; }
  Dim inner() const { return d_.channels_first ? pixels_ : 1; }

  ConvDesc d_;
  Dim pixels_;
  std::unique_ptr<ConvKernel> mirror_;
};

}  // namespace

std::unique_ptr<ConvKernel> make_conv_transpose(const ConvDesc& desc) {
  return std::make_unique<ConvTranspose>(desc);
}

}  // namespace rhyton
