#pragma once
/// @file allocations.hpp  Counts what the calling thread allocates.
#include <cstddef>

namespace rhyton::test {

/// Counts calls of `operator new` by this thread while it lives. Those made inside the engine's own library
/// (oneDNN) are not counted: they are not ours to avoid.
class CountAllocations {
 public:
  CountAllocations();
  ~CountAllocations();
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;
  std::size_t so_far() const;
};

}  // namespace rhyton::test
