#include "layers/preprocessing/mel_spectrogram.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "nn/arguments.hpp"
#include "nn/initializers/constant.hpp"
#include "nn/kernels/box.hpp"
#include "nn/kernels/dense.hpp"
#include "nn/kernels/frames.hpp"
#include "nn/ops/scratch.hpp"

namespace rhyton {

namespace {

// In float32 throughout, as Keras makes its filters whatever the dtype: slopes near an edge of a filter are
// differences of close numbers, whose rounding is seen in the results.
float mel(float hertz) { return 1127.0f * std::log(1.0f + hertz / 700.0f); }

/// Number i of n from `low` to `high` in even steps, counted from the nearer end.
float evenly(float low, float high, Dim n, Dim i) {
  const float step = (high - low) / static_cast<float>(n - 1);
  return i < n / 2 ? low + step * static_cast<float>(i) : high - step * static_cast<float>(n - 1 - i);
}

/// What is the same in every call: the windowed Fourier transform and the mel filters as matrices, and room
/// for what lies between.
class Spectrum final : public Kernel {
 public:
  Spectrum(const MelSpectrogramConfig& c, const FramesDesc& frames, DType dtype)
      : frames(frames),
        bins(c.fft_length / 2 + 1),
        transform({c.fft_length, 2 * bins}, dtype),
        filters({bins, c.num_mel_bins}, dtype),
        cut({frames.signals * frames.frames, c.fft_length}, dtype),
        parts({cut.shape()[0], 2 * bins}, dtype),
        power({cut.shape()[0], bins}, dtype),
        mels({frames.signals, frames.frames, c.num_mel_bins}, dtype),
        levels(mels.shape(), dtype) {
    const Dim length = *c.sequence_length, before = (c.fft_length - length) / 2;
    const auto window = c.window ? initializers::window_function(*c.window, length, true)
                                 : std::vector<double>(static_cast<std::size_t>(length), 1.0);
    Tensor wide(transform.shape(), DType::float64), slopes(filters.shape(), DType::float32);
    for (Dim i = 0; i < length; ++i)
      for (Dim f = 0; f < bins; ++f) {
        // The product modulo the period keeps the angle small and exact.
        const double angle = -2.0 * std::numbers::pi * static_cast<double>((i + before) * f % c.fft_length) /
                             static_cast<double>(c.fft_length);
        double* row = wide.data<double>() + (i + before) * 2 * bins;
        row[f] = window[static_cast<std::size_t>(i)] * std::cos(angle);
        row[bins + f] = window[static_cast<std::size_t>(i)] * std::sin(angle);
      }
    // Triangles between neighbouring edges, which are evenly spaced in mel; the constant part is left out.
    const float low = mel(static_cast<float>(static_cast<double>(c.min_freq))),
                high = mel(static_cast<float>(static_cast<double>(*c.max_freq))),
                nyquist = static_cast<float>(static_cast<double>(c.sampling_rate)) / 2.0f;
    for (Dim f = 1; f < bins; ++f) {
      const float at = mel(evenly(0.0f, nyquist, bins, f));
      for (Dim m = 0; m < c.num_mel_bins; ++m) {
        const auto edge = [&](Dim i) { return evenly(low, high, c.num_mel_bins + 2, m + i); };
        const float up = (at - edge(0)) / (edge(1) - edge(0)), down = (edge(2) - at) / (edge(2) - edge(1));
        slopes.data<float>()[f * c.num_mel_bins + m] = std::max(0.0f, std::min(up, down));
      }
    }
    copy(wide, transform.view());
    copy(slopes, filters.view());
  }
  const char* implementation() const override { return "gemm"; }
  Shape output_shape() const { return {frames.signals, mels.shape().back(), frames.frames}; }

  FramesDesc frames;
  Dim bins;
  Tensor transform, filters, cut, parts, power, mels, levels;
};

FramesDesc describe(const MelSpectrogramConfig& c, const Shape& x) {
  FramesDesc d;
  d.signals = x.rank() > 1 ? x[0] : 1;
  d.samples = x.back();
  d.length = c.fft_length;
  d.step = c.sequence_stride;
  d.before = c.fft_length / 2;  // frames lie around their middles
  d.frames = d.samples / d.step + 1;
  d.mirrored = true;
  return d;
}

}  // namespace

MelSpectrogram::MelSpectrogram(Config config) : LayerOf(std::move(config)) {
  if (!config_.sequence_length) config_.sequence_length = config_.fft_length;
  if (!config_.max_freq)
    config_.max_freq = Number(static_cast<std::int64_t>(static_cast<double>(config_.sampling_rate) / 2.0));
  for (const auto& [argument, value] : {std::pair{"fft_length", config_.fft_length},
                                        {"sequence_stride", config_.sequence_stride},
                                        {"sequence_length", *config_.sequence_length},
                                        {"num_mel_bins", config_.num_mel_bins}})
    expect_positive(argument, value);
  if (*config_.sequence_length > config_.fft_length)
    fail("`fft_length` cannot be less than `sequence_length`. Received: fft_length={}, sequence_length={}.",
         config_.fft_length, *config_.sequence_length);
  try {
    if (config_.window) check_choice("window", *config_.window, {"hann", "hamming"});
  } catch (const ValueError& error) {
    fail(error.what());
  }
}

Shapes MelSpectrogram::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  const Shape& x = input_shapes[0];
  if (x.rank() < 1 || x.rank() > 2)
    fail("expected signals of shape (samples) or (batch, samples). Received shape: {}.", to_string(x));
  if (x.back() >= 0 && x.back() <= config_.fft_length / 2)
    fail("the signal must be longer than half of `fft_length`. Received shape: {}, fft_length={}.",
         to_string(x), config_.fft_length);
  Shape y = x.slice(0, -1);
  y.push_back(config_.num_mel_bins);
  y.push_back(x.back() < 0 ? unknown : describe(config_, x).frames);
  return {y};
}

void MelSpectrogram::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  auto kernel = std::make_unique<Spectrum>(config_, describe(config_, p.input().shape), p.options().dtype);
  std::size_t gradients = 0;
  for (const Tensor* t : {&kernel->mels, &kernel->power, &kernel->parts, &kernel->cut})
    gradients += ops::padded(t->size(), t->dtype());
  if (p.wants_input_gradient()) p.scratch(gradients);
  p.keep(std::move(kernel));
}

void MelSpectrogram::call(Call& c) const {
  Spectrum& s = c.kernel<Spectrum>();
  const Dim rows = s.cut.shape()[0], n = s.bins;
  cut_frames(s.frames, c.input(), s.cut.view());
  gemm(c.real(), false, false, rows, 2 * n, config_.fft_length, 1.0, s.cut.raw(), config_.fft_length,
       s.transform.raw(), 2 * n, 0.0, s.parts.raw(), 2 * n);
  dispatch_real(c.real(), [&]<class T>(T) {
    const double exponent = config_.mag_exp;
    for (Dim row = 0; row < rows; ++row)
      for (Dim f = 0; f < n; ++f) {
        const T re = s.parts.data<T>()[row * 2 * n + f], im = s.parts.data<T>()[row * 2 * n + n + f];
        const T square = re * re + im * im;
        s.power.data<T>()[row * n + f] =
            exponent == 2.0 ? square : std::pow(std::sqrt(square), static_cast<T>(exponent));
      }
  });
  gemm(c.real(), false, false, rows, config_.num_mel_bins, n, 1.0, s.power.raw(), n, s.filters.raw(),
       config_.num_mel_bins, 0.0, s.mels.raw(), config_.num_mel_bins);
  if (config_.power_to_db)
    dispatch_real(c.real(), [&]<class T>(T) {
      const T* x = s.mels.data<T>();
      T* y = s.levels.data<T>();
      const T least = static_cast<T>(static_cast<double>(config_.min_power));
      const T reference =
          T(10) *
          std::log10(std::max(std::abs(static_cast<T>(static_cast<double>(config_.ref_power))), least));
      for (Dim i = 0; i < s.mels.size(); ++i) y[i] = T(10) * std::log10(std::max(x[i], least)) - reference;
      const T floor =
          *std::max_element(y, y + s.mels.size()) - static_cast<T>(static_cast<double>(config_.top_db));
      for (Dim i = 0; i < s.mels.size(); ++i) y[i] = std::max(y[i], floor);
    });
  transpose(config_.power_to_db ? s.levels : s.mels, {0, 2, 1}, c.output().reshaped(s.output_shape()));
}

// y = max(10 log10(max(m, least)), top - top_db): what lies under the floor moves with the largest number.
// m = power . filters, power = |x . transform|^e, and d|z|^e = e |z|^(e-2) (re dre + im dim).
void MelSpectrogram::backward(Backward& b) const {
  if (!b.dx()) return;
  Spectrum& s = b.kernel<Spectrum>();
  const Dim rows = s.cut.shape()[0], n = s.bins, bins = config_.num_mel_bins;
  const DType real = b.real();
  ops::Pieces pieces(b.scratch());
  const View dmels = pieces.take(s.mels.shape(), real), dpower = pieces.take(s.power.shape(), real),
             dparts = pieces.take(s.parts.shape(), real), dcut = pieces.take(s.cut.shape(), real);
  transpose(b.dy().reshaped(s.output_shape()), {0, 2, 1}, dmels);
  if (config_.power_to_db)
    dispatch_real(real, [&]<class T>(T) {
      const T *m = s.mels.data<T>(), *y = s.levels.data<T>();
      T* d = dmels.data<T>();
      const Dim top = std::max_element(y, y + s.mels.size()) - y;
      const T floor = y[top] - static_cast<T>(static_cast<double>(config_.top_db)),
              least = static_cast<T>(static_cast<double>(config_.min_power));
      T moved = 0;
      for (Dim i = 0; i < s.mels.size(); ++i)
        if (y[i] <= floor) moved += std::exchange(d[i], T(0));
      d[top] += moved;
      for (Dim i = 0; i < s.mels.size(); ++i)
        d[i] = m[i] > least ? d[i] * T(10) / (std::numbers::ln10_v<T> * m[i]) : T(0);
    });
  gemm(real, false, true, rows, n, bins, 1.0, dmels.raw(), bins, s.filters.raw(), bins, 0.0, dpower.raw(), n);
  dispatch_real(real, [&]<class T>(T) {
    const auto exponent = static_cast<T>(static_cast<double>(config_.mag_exp));
    for (Dim row = 0; row < rows; ++row)
      for (Dim f = 0; f < n; ++f) {
        const Dim at = row * 2 * n + f;
        const T re = s.parts.data<T>()[at], im = s.parts.data<T>()[at + n], square = re * re + im * im;
        const T steep = exponent == T(2) ? T(1) : std::pow(std::sqrt(square), exponent - T(2));
        const T slope = square > T(0) ? dpower.data<T>()[row * n + f] * exponent * steep : T(0);
        dparts.data<T>()[at] = slope * re;
        dparts.data<T>()[at + n] = slope * im;
      }
  });
  gemm(real, false, true, rows, config_.fft_length, 2 * n, 1.0, dparts.raw(), 2 * n, s.transform.raw(), 2 * n,
       0.0, dcut.raw(), config_.fft_length);
  cut_frames_backward(s.frames, dcut, b.dx());
}

}  // namespace rhyton
