#pragma once
/// @file rng.hpp  Random numbers: a counter-based generator, so that a stream is a key and a position.
#include <cstdint>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Copies continue
/// independently from the same position; streams of different seeds or splits do not overlap.
class Rng {
 public:
  explicit Rng(std::uint64_t seed = 0, std::uint64_t stream = 0) : key_(seed), stream_(stream) {}

  /// An independent generator for `index`, such as a step's number or a layer's position; this one stays as
  /// it is.
  Rng split(std::uint64_t index) const;

  std::uint32_t next();
  /// Uniform in [0, 1) with 53 random bits.
  double uniform();
  /// Uniform in [0, bound), without bias; bound > 0.
  std::uint64_t below(std::uint64_t bound);

  /// Every element uniform in [low, high). float32 or float64.
  void fill_uniform(View out, double low = 0.0, double high = 1.0);
  /// Every element from N(mean, stddev^2). float32 or float64.
  void fill_normal(View out, double mean = 0.0, double stddev = 1.0);
  /// As `fill_normal`, redrawn beyond two standard deviations (Keras's truncated_normal).
  void fill_truncated_normal(View out, double mean = 0.0, double stddev = 1.0);
  /// The fast path of `fill_uniform` in [0, 1), on plain memory.
  void fill(float* out, std::size_t n);

 private:
  void refill();

  std::uint64_t key_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  std::uint32_t block_[4] = {};
  unsigned used_ = 4;
};

/// Seeds everything that is drawn without a seed of its own: initializers, dropout, shuffling (Keras's
/// function).
void set_random_seed(std::uint64_t seed);
/// The next generator of the global sequence; after `set_random_seed` the sequence is the same in every run.
Rng next_global_rng();

}  // namespace rhyton
