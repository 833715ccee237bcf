#pragma once
/// @file mel_spectrogram.hpp  keras.layers.MelSpectrogram
#include "nn/layer.hpp"
#include "nn/numbers.hpp"

namespace rhyton {

struct MelSpectrogramConfig {
  std::int64_t fft_length = 2048, sequence_stride = 512;
  std::optional<std::int64_t> sequence_length = {};  ///< none: fft_length
  std::optional<std::string> window = "hann";        ///< or "hamming", or none
  Number sampling_rate = 16000;                      ///< in Hz
  std::int64_t num_mel_bins = 128;
  Number min_freq = 20.0;               ///< in Hz
  std::optional<Number> max_freq = {};  ///< in Hz; none: half the sampling rate
  bool power_to_db = true;
  Number top_db = 80.0, mag_exp = 2.0, min_power = 1e-10, ref_power = 1.0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("fft_length", fft_length)("sequence_stride", sequence_stride)("sequence_length", sequence_length);
    f("window", window)("sampling_rate", sampling_rate)("num_mel_bins", num_mel_bins);
    f("min_freq", min_freq)("max_freq", max_freq)("power_to_db", power_to_db)("top_db", top_db);
    f("mag_exp", mag_exp)("min_power", min_power)("ref_power", ref_power);
  }
};

/// Signals (batch, samples) or (samples) as spectra over time on the mel scale (HTK's), in decibels below the
/// largest number of the batch: ([batch,] mel bins, frames).
class MelSpectrogram final : public LayerOf<MelSpectrogram, MelSpectrogramConfig> {
 public:
  static constexpr const char* keras_name = "MelSpectrogram";
  explicit MelSpectrogram(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
