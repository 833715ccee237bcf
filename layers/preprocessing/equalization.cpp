#include "layers/preprocessing/equalization.hpp"

#include <algorithm>
#include <cmath>

namespace rhyton {

namespace {

constexpr std::int64_t most_bins = 1 << 24;

Dim equalized_channels(const ops::ImageLayout& image) { return image.outer * image.inner; }

/// Calls f(offset) for every element of a channel.
template <class F>
void for_channel(const ops::ImageLayout& image, Dim channel, F&& f) {
  const Dim pixels = image.height * image.width;
  const Dim first = channel / image.inner * pixels * image.inner + channel % image.inner;
  for (Dim n = 0; n < image.batch; ++n)
    for (Dim p = 0; p < pixels; ++p) f(n * image.sample() + first + p * image.inner);
}

/// Values moved from one range to another as Keras does it.
template <class T>
T rescaled(T v, double from_low, double from_high, double to_low, double to_high) {
  const double scale = (to_high - to_low) / (from_high - from_low);
  return v * static_cast<T>(scale) + static_cast<T>(to_low - from_low * scale);
}

}  // namespace

Equalization::Equalization(Config config) : RandomImageLayer(std::move(config)) {
  if (config_.bins <= 0 || config_.bins > most_bins)
    fail("`bins` must be positive, and not above {}. Received: bins={}.", most_bins, config_.bins);
}

// Saved: which channels stay as they are.
void Equalization::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  p.backward_reads(false, false);
  p.save({equalized_channels({p.input().shape, config_.data_format})}, DType::boolean);
  p.scratch(static_cast<std::size_t>(config_.bins) * sizeof(std::int64_t));
}

void Equalization::call(Call& c) const {
  const ops::ImageLayout image(c.input().shape(), config_.data_format);
  const Factor range = ops::ordered_range(config_.value_range);
  auto* histogram = static_cast<std::int64_t*>(c.scratch());
  dispatch_real(c.real(), [&]<class T>(T) {
    const T* x = c.input().data<T>();
    T* y = c.output().data<T>();
    const T last = static_cast<T>(config_.bins - 1);
    const auto value = [&](Dim i) { return rescaled(x[i], range.low, range.high, 0.0, 255.0); };
    const auto limited = [&](T v) { return static_cast<std::int64_t>(v > T(0) ? std::min(v, last) : T(0)); };
    for (Dim k = 0; k < equalized_channels(image); ++k) {
      std::fill_n(histogram, config_.bins, 0);
      for_channel(image, k, [&](Dim i) { ++histogram[limited(value(i) * last / T(255))]; });
      const bool plain = std::count(histogram, histogram + config_.bins, 0) >= config_.bins - 1;
      if (c.wants_gradient()) c.saved().data<bool>()[k] = plain;
      if (plain) {
        for_channel(image, k, [&](Dim i) { y[i] = x[i]; });
        continue;
      }
      // The histogram becomes the table of new values.
      const std::int64_t least =
          *std::find_if(histogram, histogram + config_.bins, [](auto n) { return n > 0; });
      const std::int64_t rest = image.batch * image.height * image.width - least;
      std::int64_t sum = 0;
      for (std::int64_t i = 0; i < config_.bins; ++i) {
        sum += histogram[i];
        const double level =
            std::nearbyint(static_cast<double>(sum - least) * 255.0 / static_cast<double>(rest));
        histogram[i] = static_cast<std::int64_t>(std::clamp(level, 0.0, 255.0));
      }
      for_channel(image, k, [&](Dim i) {
        const T level = static_cast<T>(histogram[limited(value(i) / T(255) * last)]);
        y[i] = rescaled(level, 0.0, 255.0, range.low, range.high);
      });
    }
  });
}

// The new values are steps.
void Equalization::backward(Backward& b) const {
  const ops::ImageLayout image(b.dx().shape(), config_.data_format);
  dispatch_real(b.real(), [&]<class T>(T) {
    for (Dim k = 0; k < equalized_channels(image); ++k)
      for_channel(image, k, [&](Dim i) {
        b.dx().data<T>()[i] = b.saved().data<bool>()[k] ? b.dy().data<T>()[i] : T(0);
      });
  });
}

}  // namespace rhyton
