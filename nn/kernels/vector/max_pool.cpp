#include <limits>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/simd.hpp"
#include "nn/kernels/vector/pool_grid.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

/// y = max over the window, argmax = its tap (not written when null), for n <= 16 channels from c on.
RHYTON_INLINE void max_lanes(const float* image, const PoolWindow& w, Dim channels, Dim c, Dim n, float* y,
                             std::uint8_t* argmax) {
  const auto at = [&](int t) {
    const float* x = image + w.pixel[t] * channels + c;
    return n == lanes ? load(x) : load_part(x, n);
  };
  const auto put = [&](F16 best) { n == lanes ? store(y + c, best) : store_part(y + c, best, n); };
  F16 best = at(0);
  if (argmax == nullptr) {
    for (int t = 1; t < w.count; ++t) {
      const F16 v = at(t);
      best = v > best ? v : best;
    }
    return put(best);
  }
  I16 winner = I16{} + w.tap[0];
  for (int t = 1; t < w.count; ++t) {
    const F16 v = at(t);
    const I16 wins = v > best;
    best = wins ? v : best;
    winner = wins ? I16{} + w.tap[t] : winner;
  }
  put(best);
  store_bytes_part(argmax + c, winner, n);
}

void max_pixel(const float* image, const PoolWindow& w, Dim channels, float* y, std::uint8_t* argmax) {
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes) max_lanes(image, w, channels, c, lanes, y, argmax);
  if (c < channels) max_lanes(image, w, channels, c, channels - c, y, argmax);
}

/// dx of the window's pixels, n <= 16 channels: assigned where windows do not overlap, else added to.
template <bool Add>
RHYTON_INLINE void scatter_lanes(const float* dy, const std::uint8_t* argmax, const PoolWindow& w,
                                 Dim channels, Dim n, float* dx) {
  const I16 winner = load_bytes_part(argmax, n);
  const F16 gradient = n == lanes ? load(dy) : load_part(dy, n);
  for (int t = 0; t < w.count; ++t) {
    float* target = dx + w.pixel[t] * channels;
    const F16 part = winner == I16{} + w.tap[t] ? gradient : F16{};
    if (n == lanes)
      store(target, Add ? load(target) + part : part);
    else
      store_part(target, Add ? load_part(target, n) + part : part, n);
  }
}

template <bool Add>
void scatter_pixel(const float* dy, const std::uint8_t* argmax, const PoolWindow& w, Dim channels,
                   float* dx) {
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes)
    scatter_lanes<Add>(dy + c, argmax + c, w, channels, lanes, dx + c);
  if (c < channels) scatter_lanes<Add>(dy + c, argmax + c, w, channels, channels - c, dx + c);
}

/// Max pooling in channels_last, float32, windows of at most 256 taps: vectors of channels, one byte of
/// argmax each.
class MaxPool final : public PoolKernel {
 public:
  explicit MaxPool(const PoolDesc& desc) : d_(desc), g_(desc) {}

  const char* implementation() const override { return "vector"; }
  std::size_t argmax_bytes() const override {
    return d_.options.training ? static_cast<std::size_t>(d_.batch * g_.y_image) : 0;
  }

  void forward(ConstView x, View y, void* argmax) override {
    std::uint8_t* taps = d_.options.training ? static_cast<std::uint8_t*>(argmax) : nullptr;
    for_windows(g_, d_, x.data<float>(), [&](Dim i, const PoolWindow& window, const float* image) {
      float* target = y.data<float>() + i * d_.channels;
      if (window.count == 0)
        std::fill(target, target + d_.channels, -std::numeric_limits<float>::infinity());
      else
        max_pixel(image, window, d_.channels, target, taps != nullptr ? taps + i * d_.channels : nullptr);
    });
  }

  void backward(ConstView dy, const void* argmax, View dx) override {
    const auto* taps = static_cast<const std::uint8_t*>(argmax);
    for_gradient_windows(g_, d_, dx.data<float>(), [&](Dim i, const PoolWindow& window, float* image) {
      (g_.overlap ? scatter_pixel<true> : scatter_pixel<false>)(dy.data<float>() + i * d_.channels,
                                                                taps + i * d_.channels, window, d_.channels,
                                                                image);
    });
  }

 private:
  PoolDesc d_;
  PoolGrid g_;
};

}  // namespace

std::unique_ptr<PoolKernel> make_max_pool(const PoolDesc& desc) {
  if (desc.kind != PoolKind::max || !takes_pool(desc)) return nullptr;
  return std::make_unique<MaxPool>(desc);
}

}  // namespace rhyton::vector
