#include "nn/initializers/constant.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "nn/raise.hpp"

namespace rhyton::initializers {

Zeros::Zeros(Config config) : Configured(std::move(config)) {}
void Zeros::operator()(View out, Rng&) const { fill(out, 0.0); }
Ones::Ones(Config config) : Configured(std::move(config)) {}
void Ones::operator()(View out, Rng&) const { fill(out, 1.0); }

namespace {
void read_array(const Json& json, int depth, ConstantValue& value) {
  if (!json.is_array()) {
    double number = 0.0;
    rhyton::from_config(json, number);
    value.values.push_back(number);
    return;
  }
  if (depth == value.shape.rank())
    value.shape.push_back(static_cast<Dim>(json.size()));
  else if (value.shape[depth] != static_cast<Dim>(json.size()))
    throw ValueError("expected an array with rows of equal length");
  for (const Json& item : json) read_array(item, depth + 1, value);
}

Json write_array(const ConstantValue& value, int depth, std::size_t& position) {
  if (depth == value.shape.rank()) return value.values[position++];
  Json out = Json::array();
  for (Dim i = 0; i < value.shape[depth]; ++i) out.push_back(write_array(value, depth + 1, position));
  return out;
}
}  // namespace

void from_config(const Json& json, ConstantValue& value) {
  if (json.is_boolean()) {
    value = ConstantValue(json.get<bool>() ? 1.0 : 0.0);
    return;
  }
  const Json* array = &json;
  if (json.is_object()) {  // {"class_name": "__numpy__" or "__tensor__", "config": {"value": [...], "dtype":
                           // ...}}
    const ObjectJson object = parse_object(json);
    if (object.config == nullptr || !object.config->contains("value"))
      throw ValueError("expected a number or an array of numbers");
    array = &object.config->at("value");
  }
  value.shape = Shape();
  value.values.clear();
  read_array(*array, 0, value);
  if (static_cast<Dim>(value.values.size()) != value.shape.size())
    throw ValueError("expected an array with rows of equal length");
}

void to_config(Json& json, const ConstantValue& value) {
  std::size_t position = 0;
  json = write_array(value, 0, position);
}

Constant::Constant(Config config) : Configured(std::move(config)) {}
void Constant::operator()(View out, Rng&) const {
  const ConstantValue& value = config_.value;
  if (value.values.size() == 1) {
    fill(out, value.values[0]);
    return;
  }
  if (value.shape != out.shape())
    raise<ValueError>("Constant: the array must have the weight's shape {}. Received: an array of shape {}",
                      to_string(out.shape()), to_string(value.shape));
  copy(ConstView(value.values.data(), value.shape, DType::float64), out);
}

Identity::Identity(Config config) : Configured(std::move(config)) {}
void Identity::operator()(View out, Rng&) const {
  if (out.shape().rank() != 2)
    throw ValueError("Identity: initializes matrices only. Received: shape=" + to_string(out.shape()));
  fill(out, 0.0);
  const Dim columns = out.shape()[1], n = std::min(out.shape()[0], columns);
  dispatch_real(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Dim i = 0; i < n; ++i) out.data<T>()[i * columns + i] = static_cast<T>(config_.gain);
  });
}

std::vector<double> window_function(const std::string& name, Dim length, bool periodic) {
  // Sums of cosines a0 - a1 cos(x) + a2 cos(2x) - a3 cos(3x), x = 2 pi i / (n - 1).
  static const std::vector<std::pair<std::string, std::vector<double>>> cosine_sums = {
      {"boxcar", {1.0}},
      {"hann", {0.5, 0.5}},
      {"hamming", {0.54, 0.46}},
      {"blackman", {0.42, 0.5, 0.08}},
      {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
      {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
  };
  if (length <= 1) return std::vector<double>(static_cast<std::size_t>(length), 1.0);
  const auto n = static_cast<double>(periodic ? length + 1 : length);
  std::vector<double> out(static_cast<std::size_t>(length));
  for (const auto& [key, terms] : cosine_sums) {
    if (key != name) continue;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double x = 2.0 * std::numbers::pi * static_cast<double>(i) / (n - 1.0);
      for (std::size_t k = 0; k < terms.size(); ++k)
        out[i] += (k % 2 ? -terms[k] : terms[k]) * std::cos(static_cast<double>(k) * x);
    }
    return out;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<double>(i);
    if (name == "bartlett") {
      out[i] = 1.0 - std::abs(2.0 * at / (n - 1.0) - 1.0);
    } else if (name == "cosine") {
      out[i] = std::sin(std::numbers::pi * (at + 0.5) / n);
    } else if (name == "triang") {
      const double from_edge = std::min(at + 1.0, n - at);
      out[i] = std::fmod(n, 2.0) == 0.0 ? (2.0 * from_edge - 1.0) / n : 2.0 * from_edge / (n + 1.0);
    } else {
      raise<NotSupported>(
          "the window function '{}'; known are bartlett, blackman, blackmanharris, boxcar, "
          "cosine, hamming, hann, nuttall and triang",
          name);
    }
  }
  return out;
}

STFT::STFT(Config config) : Configured(std::move(config)) {
  if (config_.side != "real" && config_.side != "imag")
    throw ValueError("STFT: `side` must be 'real' or 'imag'. Received: side=" + config_.side);
  if (config_.scaling && *config_.scaling != "density" && *config_.scaling != "spectrum")
    throw ValueError("STFT: `scaling` must be null, 'density' or 'spectrum'. Received: scaling=" +
                     *config_.scaling);
  if (config_.window) window_function(*config_.window, 2, config_.periodic);
}

void STFT::operator()(View out, Rng&) const {
  const Shape& shape = out.shape();
  if (shape.rank() != 3 || shape[1] != 1)
    throw ValueError("STFT: expected a shape (frame_length, 1, fft_length / 2 + 1). Received: shape=" +
                     to_string(shape));
  const Dim frame = shape[0], bins = shape[2];
  std::vector<double> window(static_cast<std::size_t>(frame), 1.0);
  double norm = 1.0;
  if (config_.window) {
    window = window_function(*config_.window, frame, config_.periodic);
    if (config_.scaling) {
      norm = 0.0;
      for (double w : window) norm += *config_.scaling == "density" ? w * w : std::abs(w);
      if (*config_.scaling == "density") norm = std::sqrt(norm);
    }
  }
  const double fft_length = static_cast<double>(bins - 1) * 2.0;
  dispatch_real(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Dim t = 0; t < frame; ++t)
      for (Dim f = 0; f < bins; ++f) {
        const double angle =
            -2.0 * std::numbers::pi * static_cast<double>(t) * static_cast<double>(f) / fft_length;
        const double wave = config_.side == "real" ? std::cos(angle) : std::sin(angle);
        out.data<T>()[t * bins + f] = static_cast<T>(wave * window[static_cast<std::size_t>(t)] / norm);
      }
  });
}

}  // namespace rhyton::initializers
