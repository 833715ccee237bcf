#pragma once
/// @file denormals.hpp  Denormal numbers cost a hundred cycles each; runs flush them to zero.
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace rhyton {

/// Sets flush-to-zero and denormals-are-zero for the calling thread while it lives.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040u); }
  ~FlushDenormals() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  FlushDenormals() {}
#endif
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

}  // namespace rhyton
