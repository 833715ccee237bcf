#include <string_view>

#include "nn/kernels/conv_around.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton {

namespace {

/// Each of `count` numbers `copies` times in a row; `copies` is known where `N` is not 0.
template <Dim N>
void spread_channels(const float* x, Dim count, Dim copies, float* out) {
  const Dim m = N != 0 ? N : copies;
  parallel_for(count, 16384, [=](Dim begin, Dim end) {
    for (Dim i = begin; i < end; ++i)
      for (Dim j = 0; j < m; ++j) out[i * m + j] = x[i];
  });
}
/// The gradient of that.
template <Dim N>
void gather_channels(const float* dy, Dim count, Dim copies, float* dx) {
  const Dim m = N != 0 ? N : copies;
  parallel_for(count, 16384, [=](Dim begin, Dim end) {
    for (Dim i = begin; i < end; ++i) {
      float sum = 0.0f;
      for (Dim j = 0; j < m; ++j) sum += dy[i * m + j];
      dx[i] = sum;
    }
  });
}

/// A depthwise convolution with several filters a channel, by one with a single filter on an image that has
/// every channel so often: engines are fast at that, and the weights lie in memory alike.
class SpreadDepthwise final : public ConvAround {
 public:
  SpreadDepthwise(const ConvDesc& outer, const ConvDesc& inner, std::unique_ptr<ConvKernel> kernel)
      : ConvAround(image_shape(inner), std::move(kernel)), copies_(inner.in_channels / outer.in_channels) {}

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    kernel_->forward(spread(x), w, b, z, y);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const View inner =
        dx ? View(shared_scratch<Gradient>().get<float>(shape_.size()), shape_, DType::float32) : View();
    kernel_->backward(dw ? spread(x) : ConstView(), w, dz, inner, dw, db);
    if (!dx) return;
    const auto gather = copies_ == 2 ? gather_channels<2> : gather_channels<0>;
    gather(inner.data<float>(), dx.size(), copies_, dx.data<float>());
  }

 private:
  struct Gradient;

  ConstView spread(ConstView x) const {
    const View out(shared_scratch<SpreadDepthwise>().get<float>(shape_.size()), shape_, DType::float32);
    const auto spread = copies_ == 2 ? spread_channels<2> : spread_channels<0>;
    spread(x.data<float>(), x.size(), copies_, out.data<float>());
    return out;
  }

  Dim copies_;
};

}  // namespace

std::unique_ptr<ConvKernel> spread_depthwise(const ConvDesc& desc,
                                             std::unique_ptr<ConvKernel> (*make)(const ConvDesc&)) {
  if (!desc.depthwise || desc.channels_first || desc.filters <= desc.in_channels || desc.in_channels <= 0)
    return nullptr;
  ConvDesc inner = desc;
  inner.in_channels = inner.groups = desc.filters;
  auto kernel = crop_conv(inner, make);
  // Another implementation than those for depthwise convolutions would have more to do for nothing.
  if (!kernel || std::string_view(kernel->implementation()).find("dw") == std::string_view::npos)
    return nullptr;
  return std::make_unique<SpreadDepthwise>(desc, inner, std::move(kernel));
}

}  // namespace rhyton
