#include <limits>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/geometry.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/simd.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

/// The x pixels under one window, and their tap numbers.
struct PoolWindow {
  static constexpr int max_taps = 256;
  int count = 0;
  Dim pixel[max_taps];
  int tap[max_taps];
};

/// y = max over the window, argmax = its tap (not written when null), for `n` channels at stride one.
RHYTON_CLONES void max_pixel(const float* image, const PoolWindow& w, Dim channels, float* y,
                             std::uint8_t* argmax) {
  const float* first = image + w.pixel[0] * channels;
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes) {
    F16 best = load(first + c);
    if (argmax == nullptr) {
      for (int t = 1; t < w.count; ++t) {
        const F16 v = load(image + w.pixel[t] * channels + c);
        best = v > best ? v : best;
      }
      store(y + c, best);
      continue;
    }
    I16 winner = I16{} + w.tap[0];
    for (int t = 1; t < w.count; ++t) {
      const F16 v = load(image + w.pixel[t] * channels + c);
      const I16 wins = v > best;
      best = wins ? v : best;
      winner = wins ? I16{} + w.tap[t] : winner;
    }
    store(y + c, best);
    store_bytes(argmax + c, winner);
  }
  for (; c < channels; ++c) {
    float best = first[c];
    int winner = w.tap[0];
    for (int t = 1; t < w.count; ++t) {
      const float v = image[w.pixel[t] * channels + c];
      if (!(v > best)) continue;
      best = v;
      winner = w.tap[t];
    }
    y[c] = best;
    if (argmax != nullptr) argmax[c] = static_cast<std::uint8_t>(winner);
  }
}

/// dx of the window's pixels: assigned where windows do not overlap, else added to.
template <bool Add>
RHYTON_CLONES void scatter_pixel(const float* dy, const std::uint8_t* argmax, const PoolWindow& w,
                                 Dim channels, float* dx) {
  Dim c = 0;
  for (; c + lanes <= channels; c += lanes) {
    const I16 winner = load_bytes(argmax + c);
    const F16 gradient = load(dy + c);
    for (int t = 0; t < w.count; ++t) {
      float* target = dx + w.pixel[t] * channels + c;
      const F16 part = winner == I16{} + w.tap[t] ? gradient : F16{};
      store(target, Add ? load(target) + part : part);
    }
  }
  for (; c < channels; ++c)
    for (int t = 0; t < w.count; ++t) {
      float& target = dx[w.pixel[t] * channels + c];
      const float part = argmax[c] == w.tap[t] ? dy[c] : 0.0f;
      target = Add ? target + part : part;
    }
}

/// Max pooling in channels_last, float32, windows of at most 256 taps: vectors of channels, one byte of
/// argmax each.
class MaxPool final : public PoolKernel {
 public:
  explicit MaxPool(const PoolDesc& desc) : d_(desc), g_(desc, desc.window, desc.channels, desc.channels) {
    for (std::size_t i = 0; i < 3; ++i) {
      overlap_ = overlap_ || g_.strides[i] < g_.kernel[i];
      covered_ =
          covered_ && g_.strides[i] == g_.kernel[i] && g_.out[i] * g_.strides[i] >= g_.in[i] + g_.pad[i];
    }
  }

  const char* implementation() const override { return "vector"; }
  std::size_t argmax_bytes() const override {
    return d_.options.training ? static_cast<std::size_t>(d_.batch * g_.y_image) : 0;
  }

  void forward(ConstView x, View y, void* argmax) override {
    std::uint8_t* taps = d_.options.training ? static_cast<std::uint8_t*>(argmax) : nullptr;
    parallel_for(d_.batch * g_.out_pixels, 1 + 65536 / (g_.taps * d_.channels), [&](Dim begin, Dim end) {
      PoolWindow window;
      for (Dim i = begin; i < end; ++i) {
        float* target = y.data<float>() + i * d_.channels;
        look(i % g_.out_pixels, window);
        if (window.count == 0)
          std::fill(target, target + d_.channels, -std::numeric_limits<float>::infinity());
        else
          max_pixel(x.data<float>() + i / g_.out_pixels * g_.x_image, window, d_.channels, target,
                    taps != nullptr ? taps + i * d_.channels : nullptr);
      }
    });
  }

  void backward(ConstView dy, const void* argmax, View dx) override {
    const auto* taps = static_cast<const std::uint8_t*>(argmax);
    parallel_for(d_.batch, 1 + 65536 / (g_.taps * g_.y_image + 1), [&](Dim begin, Dim end) {
      float* out = dx.data<float>();
      if (!covered_) std::fill(out + begin * g_.x_image, out + end * g_.x_image, 0.0f);
      PoolWindow window;
      for (Dim i = begin * g_.out_pixels; i < end * g_.out_pixels; ++i) {
        look(i % g_.out_pixels, window);
        float* image = out + i / g_.out_pixels * g_.x_image;
        const float* gradient = dy.data<float>() + i * d_.channels;
        if (overlap_)
          scatter_pixel<true>(gradient, taps + i * d_.channels, window, d_.channels, image);
        else
          scatter_pixel<false>(gradient, taps + i * d_.channels, window, d_.channels, image);
      }
    });
  }

 private:
  void look(Dim out_pixel, PoolWindow& window) const {
    window.count = 0;
    g_.for_taps(out_pixel, [&](Dim tap, Dim pixel) {
      window.pixel[window.count] = pixel;
      window.tap[window.count++] = static_cast<int>(tap);
    });
  }

  PoolDesc d_;
  Geometry g_;
  bool overlap_ = false;  ///< windows share pixels
  bool covered_ = true;   ///< every pixel lies in a window
};

}  // namespace

std::unique_ptr<PoolKernel> make_max_pool(const PoolDesc& desc) {
  if (desc.kind != PoolKind::max || desc.channels_first || desc.options.dtype != DType::float32)
    return nullptr;
  if (volume(desc.window, desc.rank) > PoolWindow::max_taps || desc.channels <= 0) return nullptr;
  return std::make_unique<MaxPool>(desc);
}

}  // namespace rhyton::vector
