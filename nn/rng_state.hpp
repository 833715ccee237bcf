#pragma once
/// @file rng_state.hpp  Where the global random sequence stands, so that a training can go on in another
/// process.
#include <cstdint>

namespace rhyton {

/// Seed of the global sequence, and how many generators it has handed out.
struct RandomState {
  std::uint64_t seed = 0, count = 0;
};
RandomState random_state();
void set_random_state(const RandomState& state);

}  // namespace rhyton
