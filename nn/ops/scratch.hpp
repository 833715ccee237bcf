#pragma once
/// @file scratch.hpp  Pieces of a step's scratch memory.
#include "nn/operation.hpp"

namespace rhyton::ops {

/// What a piece of so many bytes takes: the next one begins at a multiple of 64.
constexpr std::size_t padded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
/// The same for `count` elements.
inline std::size_t padded(Dim count, DType dtype) {
  return padded(static_cast<std::size_t>(count) * size_of(dtype));
}

/// Hands out one piece after the other.
class Pieces {
 public:
  explicit Pieces(void* memory) : next_(static_cast<char*>(memory)) {}
  View take(const Shape& shape, DType dtype) {
    const View view(next_, shape, dtype);
    next_ += padded(view.bytes());
    return view;
  }

 private:
  char* next_;
};

}  // namespace rhyton::ops
