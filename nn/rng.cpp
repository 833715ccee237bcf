#include "nn/rng.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numbers>
#include <random>

#include "nn/rng_state.hpp"

namespace rhyton {

namespace {

constexpr std::uint32_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
constexpr std::uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;
constexpr std::size_t lanes = 8;

// Ten rounds on `N` counters at once, laid out lane by lane so that the compiler vectorizes over them.
template <std::size_t N>
void philox(std::uint64_t counter, std::uint64_t stream, std::uint64_t key,
            std::array<std::array<std::uint32_t, N>, 4>& x) {
  for (std::size_t i = 0; i < N; ++i) {
    x[0][i] = static_cast<std::uint32_t>(counter + i);
    x[1][i] = static_cast<std::uint32_t>((counter + i) >> 32);
    x[2][i] = static_cast<std::uint32_t>(stream);
    x[3][i] = static_cast<std::uint32_t>(stream >> 32);
  }
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < N; ++i) {
      const std::uint64_t p0 = static_cast<std::uint64_t>(multiplier0) * x[0][i];
      const std::uint64_t p1 = static_cast<std::uint64_t>(multiplier1) * x[2][i];
      const std::uint32_t y0 = static_cast<std::uint32_t>(p1 >> 32) ^ x[1][i] ^ k0;
      const std::uint32_t y2 = static_cast<std::uint32_t>(p0 >> 32) ^ x[3][i] ^ k1;
      x[1][i] = static_cast<std::uint32_t>(p1);
      x[3][i] = static_cast<std::uint32_t>(p0);
      x[0][i] = y0;
      x[2][i] = y2;
    }
    k0 += weyl0;
    k1 += weyl1;
  }
}

// 24 random bits as a float in [0, 1): exact, never 1.
float to_unit(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

std::uint64_t mix(std::uint64_t z) {  // splitmix64's finalizer
  z += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

}  // namespace

Rng Rng::split(std::uint64_t index) const { return Rng(key_, mix(stream_ ^ mix(index))); }

void Rng::refill() {
  std::array<std::array<std::uint32_t, 1>, 4> x;
  philox<1>(counter_++, stream_, key_, x);
  for (std::size_t i = 0; i < 4; ++i) block_[i] = x[i][0];
  used_ = 0;
}

std::uint32_t Rng::next() {
  if (used_ == 4) refill();
  return block_[used_++];
}

double Rng::uniform() {
  const std::uint64_t high = next() >> 5, low = next() >> 6;  // 27 + 26 bits
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) * 0x1p-53;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  const std::uint64_t limit = ~std::uint64_t{0} - (~std::uint64_t{0} % bound + 1) % bound;
  for (;;) {
    const std::uint64_t value = (static_cast<std::uint64_t>(next()) << 32) | next();
    if (value <= limit) return value % bound;
  }
}

void Rng::fill(float* out, std::size_t n) {
  // Numbers come in blocks of `lanes` counters; several blocks at once do not wait for each other's products.
  constexpr std::size_t blocks = 4, block = 4 * lanes;
  std::size_t done = 0;
  for (; done + blocks * block <= n; done += blocks * block) {
    std::array<std::array<std::uint32_t, blocks * lanes>, 4> x;
    philox<blocks * lanes>(counter_, stream_, key_, x);
    counter_ += blocks * lanes;
    for (std::size_t b = 0; b < blocks; ++b)
      for (std::size_t word = 0; word < 4; ++word)
        for (std::size_t i = 0; i < lanes; ++i)
          out[done + b * block + word * lanes + i] = to_unit(x[word][b * lanes + i]);
  }
  for (; done < n; done += block) {
    std::array<std::array<std::uint32_t, lanes>, 4> x;
    philox<lanes>(counter_, stream_, key_, x);
    counter_ += lanes;
    const std::uint32_t* bits = x[0].data();
    const std::size_t count = std::min(n - done, block);
    for (std::size_t i = 0; i < count; ++i) out[done + i] = to_unit(bits[i]);
  }
}

void Rng::fill_uniform(View out, double low, double high) {
  const auto n = static_cast<std::size_t>(out.size());
  if (out.dtype() == DType::float64) {
    double* y = out.data<double>();
    for (std::size_t i = 0; i < n; ++i) y[i] = low + (high - low) * uniform();
    return;
  }
  float* y = out.data<float>();
  fill(y, n);
  if (low == 0.0 && high == 1.0) return;
  const auto from = static_cast<float>(low), width = static_cast<float>(high - low);
  for (std::size_t i = 0; i < n; ++i) y[i] = from + width * y[i];
}

void Rng::fill_normal(View out, double mean, double stddev) {
  dispatch_real(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* y = out.data<T>();
    const auto n = static_cast<std::size_t>(out.size());
    // Box-Muller: both normals of a pair of uniforms.
    for (std::size_t i = 0; i < n; i += 2) {
      const double radius = stddev * std::sqrt(-2.0 * std::log(1.0 - uniform()));
      const double angle = 2.0 * std::numbers::pi * uniform();
      y[i] = static_cast<T>(mean + radius * std::cos(angle));
      if (i + 1 < n) y[i + 1] = static_cast<T>(mean + radius * std::sin(angle));
    }
  });
}

void Rng::fill_truncated_normal(View out, double mean, double stddev) {
  dispatch_real(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* y = out.data<T>();
    const auto n = static_cast<std::size_t>(out.size());
    for (std::size_t i = 0; i < n;) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
      const double angle = 2.0 * std::numbers::pi * uniform();
      for (const double z : {radius * std::cos(angle), radius * std::sin(angle)})
        if (std::abs(z) <= 2.0 && i < n) y[i++] = static_cast<T>(mean + stddev * z);
    }
  });
}

namespace {
struct Global {
  std::mutex mutex;
  std::uint64_t seed = (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
  std::uint64_t count = 0;
};
Global& global() {
  static Global state;
  return state;
}
}  // namespace

void set_random_seed(std::uint64_t seed) {
  std::lock_guard lock(global().mutex);
  global().seed = seed;
  global().count = 0;
}

RandomState random_state() {
  std::lock_guard lock(global().mutex);
  return {global().seed, global().count};
}

void set_random_state(const RandomState& state) {
  std::lock_guard lock(global().mutex);
  global().seed = state.seed;
  global().count = state.count;
}

Rng next_global_rng() {
  std::lock_guard lock(global().mutex);
  return Rng(global().seed).split(global().count++);
}

}  // namespace rhyton
