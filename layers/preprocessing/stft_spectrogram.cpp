#include "layers/preprocessing/stft_spectrogram.hpp"

#include <algorithm>
#include <cmath>

#include "nn/initializers/constant.hpp"
#include "nn/kernels/box.hpp"
#include "nn/kernels/dense.hpp"
#include "nn/ops/scratch.hpp"

namespace rhyton {

namespace {

constexpr double epsilon = 1e-7;  // Keras's

/// How many numbers of the power spectrum stand for a frequency f of n: two but for the ends.
double weight(Dim f, Dim n) { return f == 0 || f == n - 1 ? 1.0 : 2.0; }

/// The output at (re, im), frequency f of n.
template <class T>
T value(const std::string& mode, T re, T im, Dim f, Dim n) {
  if (mode == "angle") return std::atan2(im, re);
  const T power = re * re + im * im;
  if (mode == "psd") return power * static_cast<T>(weight(f, n));
  const T size = std::sqrt(std::max(power, static_cast<T>(epsilon)));
  return mode == "magnitude" ? size : std::log(std::max(size, static_cast<T>(epsilon)));
}

/// The gradient with respect to (re, im).
template <class T>
std::pair<T, T> gradient(const std::string& mode, T re, T im, T dy, Dim f, Dim n) {
  const T power = re * re + im * im;
  if (mode == "angle") return {-im / power * dy, re / power * dy};
  T slope = 0;
  if (mode == "psd")
    slope = dy * static_cast<T>(weight(f, n));
  else if (power >= static_cast<T>(epsilon))
    slope = mode == "magnitude" ? dy / (T(2) * std::sqrt(power)) : dy / (T(2) * power);
  return {T(2) * re * slope, T(2) * im * slope};
}

}  // namespace

STFTSpectrogram::STFTSpectrogram(Config config) : LayerOf(std::move(config)) {
  try {
    check_choice("mode", config_.mode, {"log", "magnitude", "psd", "real", "imag", "angle", "stft"});
    check_choice("padding", config_.padding, {"valid", "same"});
    if (config_.scaling) check_choice("scaling", *config_.scaling, {"density", "spectrum"});
    if (config_.window) initializers::window_function(*config_.window, 2, false);
  } catch (const Error& error) {
    fail(error.what());
  }
  constexpr std::int64_t most = 1 << 24;
  for (const auto& [argument, value] :
       {std::pair{"frame_length", config_.frame_length}, {"fft_length", config_.fft_length.value_or(1)}})
    if (value <= 0 || value > most)
      fail("`{}` must be a positive integer, at most {}. Received: {}={}.", argument, most, argument, value);
  if (config_.frame_step && (*config_.frame_step < 1 || *config_.frame_step > config_.frame_length))
    fail(
        "`frame_step` must be positive and not greater than `frame_length`. Received: "
        "frame_step={}, frame_length={}.",
        *config_.frame_step, config_.frame_length);
  if (config_.fft_length && *config_.fft_length < config_.frame_length)
    fail("`fft_length` cannot be less than `frame_length`. Received: fft_length={}, frame_length={}.",
         *config_.fft_length, config_.frame_length);
}

Dim STFTSpectrogram::step() const {
  return config_.frame_step ? *config_.frame_step : std::max<Dim>(config_.frame_length / 2, 1);
}

Dim STFTSpectrogram::fft_length() const {
  if (config_.fft_length) return *config_.fft_length;
  Dim length = 1;
  while (length < config_.frame_length) length *= 2;
  return length;
}

Dim STFTSpectrogram::frames(Dim samples) const {
  if (samples < 0) return unknown;
  return config_.padding == "same" ? (samples + step() - 1) / step()
                                   : (samples - config_.frame_length) / step() + 1;
}

void STFTSpectrogram::build(const Shapes& input_shapes) {
  expect_rank(input_shapes, 3);
  const Shape kernel{config_.frame_length, 1, frequencies()};
  const auto part = [&](const char* side) {
    initializers::STFTConfig stft;
    stft.side = side;
    stft.window = config_.window;
    stft.scaling = config_.scaling;
    stft.periodic = config_.periodic;
    return Initializer(initializers::STFT(stft));
  };
  if (config_.mode != "imag") real_ = add_weight("real_kernel", kernel, {part("real")});
  if (config_.mode != "real") imag_ = add_weight("imag_kernel", kernel, {part("imag")});
}

Shapes STFTSpectrogram::compute_output_shape(const Shapes& input_shapes) const {
  expect_rank(input_shapes, 3);
  const Shape& x = input_shapes[0];
  const bool first = config_.data_format.channels_first();
  const Dim channels = first ? x[1] : x[2], samples = first ? x[2] : x[1];
  if (samples >= 0 && frames(samples) < 1)
    fail("the signal is shorter than a frame. Received: input shape {}, frame_length={}.", to_string(x),
         config_.frame_length);
  const Dim parts = frequencies() * (config_.mode == "stft" ? 2 : 1), count = frames(samples);
  if (config_.expand_dims)
    return {first ? Shape{x[0], channels, count, parts} : Shape{x[0], count, parts, channels}};
  const Dim both = channels < 0 ? unknown : Shape{channels, parts}.size();
  return {first ? Shape{x[0], both, count} : Shape{x[0], count, both}};
}

FramesDesc STFTSpectrogram::describe(const Shape& x) const {
  const bool first = config_.data_format.channels_first();
  FramesDesc d;
  d.samples = first ? x[2] : x[1];
  d.signals = x[0] * (first ? x[1] : x[2]);
  d.frames = frames(d.samples);
  d.length = config_.frame_length;
  d.step = step();
  if (config_.padding == "same")
    d.before = std::max<Dim>((d.frames - 1) * d.step + d.length - d.samples, 0) / 2;
  return d;
}

Shape STFTSpectrogram::output_order() const {
  if (config_.data_format.channels_first())
    return config_.expand_dims ? Shape{0, 1, 2, 3} : Shape{0, 1, 3, 2};
  return config_.expand_dims ? Shape{0, 2, 3, 1} : Shape{0, 2, 1, 3};
}

// Saved: the real and imaginary parts (signals * frames, frequencies).
void STFTSpectrogram::prepare(Prepare& p) const {
  const FramesDesc d = describe(p.input().shape);
  const DType real = p.options().dtype;
  const Shape parts{d.signals * d.frames, frequencies()};
  p.save(parts, real);
  p.save(parts, real);
  p.backward_reads(true, false);
  const auto bytes = [&](Dim count) { return ops::padded(count, real); };
  // Signals, frames, both parts, and the output in the order in which it is computed.
  p.scratch(2 * bytes(d.signals * d.samples) + 2 * bytes(d.signals * d.frames * d.length) +
            2 * bytes(parts.size()) + bytes(2 * parts.size()));
}

void STFTSpectrogram::call(Call& c) const {
  const Shape x = c.input().shape();
  const FramesDesc d = describe(x);
  const DType real = c.real();
  ops::Pieces pieces(c.scratch());
  ConstView signals = c.input();
  if (!config_.data_format.channels_first()) {
    const View turned = pieces.take({x[0], x[2], x[1]}, real);
    transpose(c.input(), {0, 2, 1}, turned);
    signals = turned;
  }
  const View cut = pieces.take({d.signals, d.frames, d.length}, real);
  cut_frames(d, signals, cut);
  const Dim rows = d.signals * d.frames, n = frequencies();
  const auto part = [&](int kernel, int saved) {
    if (kernel < 0) return View();
    const View y = c.wants_gradient() ? c.saved(saved) : pieces.take({rows, n}, real);
    gemm(real, false, false, rows, n, d.length, 1.0, cut.raw(), d.length, c.weight(kernel).raw(), n, 0.0,
         y.raw(), n);
    return y;
  };
  const View re = part(real_, 0), im = part(imag_, 1);
  const Dim parts = config_.mode == "stft" ? 2 * n : n;
  const Dim channels = d.signals / std::max<Dim>(x[0], 1);
  const View ordered = pieces.take({x[0], channels, d.frames, parts}, real);
  dispatch_real(real, [&]<class T>(T) {
    T* out = ordered.data<T>();
    for (Dim row = 0; row < rows; ++row)
      for (Dim f = 0; f < parts; ++f, ++out) {
        if (config_.mode == "real" || (config_.mode == "stft" && f < n))
          *out = re.data<T>()[row * n + f];
        else if (config_.mode == "imag" || config_.mode == "stft")
          *out = im.data<T>()[row * n + f % n];
        else
          *out = value(config_.mode, re.data<T>()[row * n + f], im.data<T>()[row * n + f], f, n);
      }
  });
  transpose(ordered, output_order(), c.output());
}

void STFTSpectrogram::backward(Backward& b) const {
  const Shape x = b.input().shape();
  const FramesDesc d = describe(x);
  const DType real = b.real();
  ops::Pieces pieces(b.scratch());
  const bool last = !config_.data_format.channels_first();
  ConstView signals = b.input();
  if (last) {
    const View turned = pieces.take({x[0], x[2], x[1]}, real);
    transpose(b.input(), {0, 2, 1}, turned);
    signals = turned;
  }
  const View cut = pieces.take({d.signals, d.frames, d.length}, real);
  cut_frames(d, signals, cut);
  const Dim rows = d.signals * d.frames, n = frequencies(), channels = d.signals / std::max<Dim>(x[0], 1);
  const Dim parts = config_.mode == "stft" ? 2 * n : n;
  // The output's gradient in the order in which it was computed.
  const Shape order = output_order(), computed{x[0], channels, d.frames, parts};
  Shape outer, back = order;
  for (int i = 0; i < 4; ++i) {
    outer.push_back(computed[static_cast<int>(order[i])]);
    back[static_cast<int>(order[i])] = i;
  }
  const View dy = pieces.take(computed, real);
  transpose(b.dy().reshaped(outer), back, dy);
  const View dre = pieces.take({rows, n}, real), dim = pieces.take({rows, n}, real);
  dispatch_real(real, [&]<class T>(T) {
    const T* in = dy.data<T>();
    for (Dim row = 0; row < rows; ++row)
      for (Dim f = 0; f < parts; ++f, ++in) {
        const Dim at = row * n + f % n;
        if (config_.mode == "real" || (config_.mode == "stft" && f < n)) {
          dre.data<T>()[at] = *in;
        } else if (config_.mode == "imag" || config_.mode == "stft") {
          dim.data<T>()[at] = *in;
        } else {
          const auto [r, i] =
              gradient(config_.mode, b.saved(0).data<T>()[at], b.saved(1).data<T>()[at], *in, f, n);
          dre.data<T>()[at] = r;
          dim.data<T>()[at] = i;
        }
      }
  });
  const View dcut = pieces.take({d.signals, d.frames, d.length}, real);
  double beta = 0.0;
  for (const auto& [kernel, gradient] : {std::pair{real_, dre}, {imag_, dim}}) {
    if (kernel < 0) continue;
    if (const View dw = b.dw(kernel))
      gemm(real, true, false, d.length, n, rows, 1.0, cut.raw(), d.length, gradient.raw(), n, 1.0, dw.raw(),
           n);
    gemm(real, false, true, rows, d.length, n, 1.0, gradient.raw(), n, b.weight(kernel).raw(), n, beta,
         dcut.raw(), d.length);
    beta = 1.0;
  }
  if (!b.dx()) return;
  if (!last) return cut_frames_backward(d, dcut, b.dx());
  const View turned = pieces.take({x[0], x[2], x[1]}, real);
  cut_frames_backward(d, dcut, turned);
  transpose(turned, {0, 2, 1}, b.dx());
}

}  // namespace rhyton
