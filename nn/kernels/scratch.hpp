#pragma once
/// @file scratch.hpp  Memory that a kernel keeps between its calls.
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// A 64-byte aligned block that grows when asked for more and never shrinks. Contents are not kept.
class Scratch {
 public:
  template <class T>
  T* get(Dim count) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    if (bytes > bytes_ || block_ == nullptr) {
      block_ = allocate_aligned(bytes, false);
      bytes_ = bytes;
    }
    return static_cast<T*>(block_.get());
  }

 private:
  std::shared_ptr<void> block_;
  std::size_t bytes_ = 0;
};

}  // namespace rhyton
