#pragma once
/// @file stft_spectrogram.hpp  keras.layers.STFTSpectrogram
#include "nn/arguments.hpp"
#include "nn/kernels/frames.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct STFTSpectrogramConfig {
  /// "log", "magnitude", "psd", "real", "imag", "angle", or "stft" (real and imaginary parts side by side).
  std::string mode = "log";
  std::int64_t frame_length = 256;
  std::optional<std::int64_t> frame_step = {};  ///< none: half the frame's length
  std::optional<std::int64_t> fft_length = {};  ///< none: the next power of two
  std::optional<std::string> window = "hann";
  bool periodic = false;
  std::optional<std::string> scaling = "density";  ///< or "spectrum", or none
  std::string padding = "valid";                   ///< or "same"
  DataFormat data_format = {};
  bool expand_dims = false;  ///< frequencies on an axis of their own
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("mode", mode)("frame_length", frame_length)("frame_step", frame_step)("fft_length", fft_length);
    f("window", window)("periodic", periodic)("scaling", scaling)("padding", padding);
    f("data_format", data_format)("expand_dims", expand_dims);
  }
};

/// The short-term Fourier transform of signals as products with trainable kernels:
/// (batch, samples, channels) -> (batch, frames, channels * frequencies), or with `expand_dims`
/// (batch, frames, frequencies, channels); with channels_first (batch, channels, samples) -> (batch, channels
/// * frequencies, frames) or (batch, channels, frames, frequencies). Weights: real_kernel, imag_kernel
/// (frame_length, 1, fft_length / 2 + 1), as far as the mode needs them.
class STFTSpectrogram final : public LayerOf<STFTSpectrogram, STFTSpectrogramConfig> {
 public:
  static constexpr const char* keras_name = "STFTSpectrogram";
  explicit STFTSpectrogram(Config config = {});

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Dim step() const;
  Dim fft_length() const;
  Dim frequencies() const { return fft_length() / 2 + 1; }
  Dim frames(Dim samples) const;
  FramesDesc describe(const Shape& x) const;
  /// (batch, channels, frames, frequencies) as the output has it, and back.
  Shape output_order() const;

  int real_ = -1, imag_ = -1;
};

}  // namespace rhyton
