#pragma once
/// @file scratch.hpp  Memory that a kernel keeps between its calls, or shares with others.
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

/// What a kernel needs within one call only: a block of the calling thread, which all kernels with this use
/// of it share. In a training step that is most of a kernel's memory; each with its own, deep models would
/// take twice what their values do.
template <class Use>
Scratch& shared_scratch() {
  static thread_local Scratch scratch;
  return scratch;
}

}  // namespace rhyton
