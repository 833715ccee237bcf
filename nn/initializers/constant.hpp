#pragma once
/// @file constant.hpp  Initializers that draw nothing: Zeros, Ones, Constant, Identity, STFT.
#include <string>

#include "nn/initializers/initializer.hpp"

namespace rhyton::initializers {

struct NoConfig {
  void fields(ConfigFields&) {}
};

class Zeros : public Configured<Zeros, InitializerBase, NoConfig> {
 public:
  static constexpr const char* keras_name = "Zeros";
  explicit Zeros(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

class Ones : public Configured<Ones, InitializerBase, NoConfig> {
 public:
  static constexpr const char* keras_name = "Ones";
  explicit Ones(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

/// The argument `value`: one number, or an array of the weight's size.
struct ConstantValue {
  ConstantValue(double scalar = 0.0) : values{scalar} {}
  ConstantValue(const Shape& array_shape, std::vector<double> array)
      : shape(array_shape), values(std::move(array)) {}
  Shape shape;
  std::vector<double> values;
};
void from_config(const Json& json, ConstantValue& value);
void to_config(Json& json, const ConstantValue& value);

struct ConstantConfig {
  ConstantValue value = 0.0;
  void fields(ConfigFields& v) { v("value", value); }
};
class Constant : public Configured<Constant, InitializerBase, ConstantConfig> {
 public:
  static constexpr const char* keras_name = "Constant";
  explicit Constant(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

struct IdentityConfig {
  double gain = 1.0;
  void fields(ConfigFields& v) { v("gain", gain); }
};
/// gain times the identity matrix; rank 2 only.
class Identity : public Configured<Identity, InitializerBase, IdentityConfig> {
 public:
  static constexpr const char* keras_name = "Identity";
  explicit Identity(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

struct STFTConfig {
  std::string side = "real";
  std::optional<std::string> window = "hann";
  bool periodic = false;
  std::optional<std::string> scaling = "density";
  void fields(ConfigFields& v) {
    v("side", side)("window", window)("periodic", periodic)("scaling", scaling);
  }
};
/// The real or imaginary part of the short-term Fourier transform as a kernel (frame_length, 1, fft_length /
/// 2 + 1): cos or sin of -2 pi t f / fft_length, times the window over its L2 ("density") or L1 ("spectrum")
/// norm. Windows: boxcar, bartlett, blackman, hamming, hann, nuttall, blackmanharris, cosine, triang.
class STFT : public Configured<STFT, InitializerBase, STFTConfig> {
 public:
  static constexpr const char* keras_name = "STFT";
  explicit STFT(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

/// A window of `length` values by its scipy name; periodic windows drop the last of `length + 1` values.
std::vector<double> window_function(const std::string& name, Dim length, bool periodic);

}  // namespace rhyton::initializers
