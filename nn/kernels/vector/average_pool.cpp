#include "nn/kernels/engines.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/simd.hpp"
#include "nn/kernels/vector/pool_grid.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

/// y = scale times the sum over the window.
void average_pixel(const float* image, const PoolWindow& w, Dim channels, float scale, float* y) {
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes) {
    F16 sum{};
    for (int t = 0; t < w.count; ++t) sum += load(image + w.pixel[t] * channels + c);
    store(y + c, sum * scale);
  }
  if (c == channels) return;
  F16 sum{};
  for (int t = 0; t < w.count; ++t) sum += load_part(image + w.pixel[t] * channels + c, channels - c);
  store_part(y + c, sum * scale, channels - c);
}

/// dx of the window's pixels: assigned where windows do not overlap, else added to.
template <bool Add>
void spread_pixel(const float* dy, const PoolWindow& w, Dim channels, float scale, float* dx) {
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes) {
    const F16 part = load(dy + c) * scale;
    for (int t = 0; t < w.count; ++t) {
      float* target = dx + w.pixel[t] * channels + c;
      store(target, Add ? load(target) + part : part);
    }
  }
  if (c == channels) return;
  const Dim rest = channels - c;
  const F16 part = load_part(dy + c, rest) * scale;
  for (int t = 0; t < w.count; ++t) {
    float* target = dx + w.pixel[t] * channels + c;
    store_part(target, Add ? load_part(target, rest) + part : part, rest);
  }
}

/// Average pooling over the cells of x alone, as Keras does with padding.
class AveragePool final : public PoolKernel {
 public:
  explicit AveragePool(const PoolDesc& desc) : d_(desc), g_(desc) {}

  const char* implementation() const override { return "vector"; }
  std::size_t argmax_bytes() const override { return 0; }

  void forward(ConstView x, View y, void*) override {
    for_windows(g_, d_, x.data<float>(), [&](Dim i, const PoolWindow& window, const float* image) {
      average_pixel(image, window, d_.channels, scale(window), y.data<float>() + i * d_.channels);
    });
  }

  void backward(ConstView dy, const void*, View dx) override {
    for_gradient_windows(g_, d_, dx.data<float>(), [&](Dim i, const PoolWindow& window, float* image) {
      (g_.overlap ? spread_pixel<true> : spread_pixel<false>)(dy.data<float>() + i * d_.channels, window,
                                                              d_.channels, scale(window), image);
    });
  }

 private:
  static float scale(const PoolWindow& window) {
    return 1.0f / static_cast<float>(std::max(window.count, 1));
  }

  PoolDesc d_;
  PoolGrid g_;
};

}  // namespace

std::unique_ptr<PoolKernel> make_average_pool(const PoolDesc& desc) {
  if (desc.kind != PoolKind::average || !takes_pool(desc)) return nullptr;
  return std::make_unique<AveragePool>(desc);
}

}  // namespace rhyton::vector
